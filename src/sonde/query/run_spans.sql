-- The spans of some runs, in their newest versions. Leans on idx_run; so few rows that versions are compared here.
SELECT
    RunId,
    TraceId,
    SpanId,
    ParentSpanId,
    ServiceName,
    SpanName,
    toUnixTimestamp64Nano(Timestamp) AS at,
    toInt64(Duration) AS took,
    IsOpen,
    Status = 'error' OR StatusCode = 'Error' AS failed,
    multiIf(IsOpen, 'running', failed, 'error', Status IN ('', 'unset'), 'success', Status) AS state,
    substringUTF8(StatusMessage, 1, {length:UInt32}) AS message,
    if(SpanAttributes[{url:String}] != '', SpanAttributes[{url:String}], ResourceAttributes[{url:String}]) AS address,
    if(SpanAttributes[{job:String}] != '', SpanAttributes[{job:String}], ResourceAttributes[{job:String}]) AS job,
    greatest(1, toUInt32OrZero(if(
        SpanAttributes[{attempt:String}] != '', SpanAttributes[{attempt:String}], ResourceAttributes[{attempt:String}]
    ))) AS attempt
    $more
FROM otel_traces
WHERE RunId IN {run_ids:Array(String)}
ORDER BY Version DESC
LIMIT 1 BY TraceId, SpanId
