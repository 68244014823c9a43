-- What a trace has of pipelines: their own spans, their scripts, and what is between these. Leans on the primary key (the
-- hour, through Timestamp, then TraceId), and on the bloom filter of TraceId where the time is not known.
SELECT
    toUnixTimestamp64Nano(Timestamp) AS at,
    TraceId,
    SpanId,
    ParentSpanId,
    TriggerEvent,
    ServiceName,
    if(IsOpen, 'running', Status),
    multiIf(
        SpanAttributes['sonde.status_message'] != '', SpanAttributes['sonde.status_message'],
        StatusMessage != '', StatusMessage,
        SpanAttributes['sonde.reason']
    ),
    Duration,
    IsOpen,
    SpanAttributes['user.id'],
    SpanAttributes['client.address'],
    SpanAttributes['sonde.pipeline.context'],
    SpanAttributes['sonde.pipeline.result'],
    toUnixTimestamp64Milli(ReceivedAt),
    SpanName,
    SpanAttributes['sonde.pipeline.layer_index'],
    SpanAttributes['sonde.pipeline.parallel_index'],
    SpanAttributes['sonde.pipeline.script_id'],
    SpanAttributes['sonde.pipeline.input'],
    SpanAttributes['sonde.pipeline.output'],
    RunId,
    OrchestrationId,
    SessionId,
    mapFilter((key, _) -> startsWith(key, {prefix:String}), SpanAttributes)
FROM otel_traces FINAL
WHERE TraceId = {trace_id:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
    AND TriggerEvent != ''
ORDER BY at, SpanId
LIMIT {limit:UInt32}
