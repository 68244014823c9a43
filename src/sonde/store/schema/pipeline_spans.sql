-- Scripts of pipelines: the spans of an execution that stand in a layer, the newest version of each. Times in Unix
-- milliseconds; one that runs has no end. Conditions on trace_id lean on the bloom filter of otel_traces.
CREATE OR REPLACE VIEW {database}.pipeline_spans {on_cluster} AS
SELECT
    SpanId AS id,
    TraceId AS trace_id,
    ParentSpanId AS parent_span_id,
    SpanName AS name,
    upper(SpanKind) AS kind,
    SpanAttributes['sonde.pipeline.script_id'] AS script_id,
    toInt64OrZero(SpanAttributes['sonde.pipeline.layer_index']) AS layer_index,
    toInt64OrZero(SpanAttributes['sonde.pipeline.parallel_index']) AS parallel_index,
    if(IsOpen, 'running', Status) AS status,
    multiIf(
        SpanAttributes['sonde.status_message'] != '', SpanAttributes['sonde.status_message'],
        StatusMessage != '', StatusMessage,
        SpanAttributes['sonde.reason']
    ) AS status_message,
    toUnixTimestamp64Milli(Timestamp) AS started_at,
    if(IsOpen, NULL, toUnixTimestamp64Milli(addNanoseconds(Timestamp, Duration))) AS ended_at,
    if(IsOpen, NULL, Duration / 1e6) AS duration_ms,
    SpanAttributes AS attributes
FROM {database}.{read:otel_traces} FINAL
PREWHERE TriggerEvent != ''
WHERE SpanAttributes['sonde.pipeline.layer_index'] != ''
