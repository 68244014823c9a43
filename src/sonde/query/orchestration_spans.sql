-- The spans of some orchestrations, in their newest versions. Leans on idx_orchestration; so few rows that versions are
-- compared here, which takes two thirds of the CPU of FINAL.
SELECT
    OrchestrationId,
    TraceId,
    SpanId,
    ParentSpanId,
    ServiceName,
    Component,
    SpanName,
    SpanAttributes['sonde.phase'] AS phase,
    toUnixTimestamp64Nano(Timestamp) AS at,
    toInt64(Duration) AS took,
    IsOpen,
    Status = 'error' OR StatusCode = 'Error' AS failed,
    multiIf(IsOpen, 'running', failed, 'error', Status IN ('', 'unset'), 'success', Status) AS state,
    substringUTF8(if(StatusMessage != '', StatusMessage, SpanAttributes['sonde.error.detail']), 1, 1000) AS message
FROM otel_traces
WHERE OrchestrationId IN {ids:Array(String)}
ORDER BY Version DESC
LIMIT 1 BY TraceId, SpanId
