-- Executions of pipelines, newest first: the newest version of each one's own span. Leans on the partition (day) and the
-- first column of the primary key (the hour), both through Timestamp; trigger and name are those of every version, so
-- that other rows are left out before versions are merged.
SELECT
    toUnixTimestamp64Nano(Timestamp) AS at,
    TraceId AS trace_id,
    SpanId AS span_id,
    ParentSpanId,
    TriggerEvent,
    ServiceName,
    if(IsOpen, 'running', Status) AS status,
    multiIf(
        SpanAttributes['sonde.status_message'] != '', SpanAttributes['sonde.status_message'],
        StatusMessage != '', StatusMessage,
        SpanAttributes['sonde.reason']
    ),
    Duration,
    IsOpen,
    SpanAttributes['user.id'] AS user_id,
    SpanAttributes['client.address'] AS request_ip,
    $context,
    $result,
    toUnixTimestamp64Milli(ReceivedAt)
FROM otel_traces FINAL
PREWHERE TriggerEvent != '' AND SpanName = concat('pipeline.', TriggerEvent)
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND (at, trace_id, span_id) < ({last:Int64}, {last_trace:String}, {last_span:String})
    AND $condition
ORDER BY at DESC, trace_id DESC, span_id DESC
LIMIT {limit:UInt32}
