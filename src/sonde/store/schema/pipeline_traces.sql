-- Executions of pipelines: the span `pipeline.<trigger>` of each, its newest version. Times in Unix milliseconds; one that
-- runs has no end. The trigger and the name are those of every version of a span, so rows are left out before
-- versions are merged. Conditions on id lean on the bloom filter of otel_traces.
CREATE OR REPLACE VIEW {database}.pipeline_traces {on_cluster} AS
SELECT
    TraceId AS id,
    TriggerEvent AS trigger_event,
    if(IsOpen, 'running', Status) AS status,
    multiIf(
        SpanAttributes['sonde.status_message'] != '', SpanAttributes['sonde.status_message'],
        StatusMessage != '', StatusMessage,
        SpanAttributes['sonde.reason']
    ) AS status_message,
    toUnixTimestamp64Milli(Timestamp) AS started_at,
    if(IsOpen, NULL, toUnixTimestamp64Milli(addNanoseconds(Timestamp, Duration))) AS ended_at,
    if(IsOpen, NULL, Duration / 1e6) AS duration_ms,
    SpanAttributes['user.id'] AS user_id,
    SpanAttributes['client.address'] AS request_ip,
    SpanAttributes['sonde.pipeline.context'] AS context_snapshot,
    SpanAttributes['sonde.pipeline.result'] AS result_data,
    toUnixTimestamp64Milli(ReceivedAt) AS created_at
FROM {database}.{read:otel_traces} FINAL
PREWHERE TriggerEvent != '' AND SpanName = concat('pipeline.', TriggerEvent)
