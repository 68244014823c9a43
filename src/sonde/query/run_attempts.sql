-- The topmost span of some runs in each of some traces, newest first. Leans on the primary key: the hour (through
-- Timestamp) and TraceId; so few rows that FINAL costs little.
SELECT
    RunId,
    TraceId,
    SpanId,
    multiIf(
        IsOpen, 'running',
        Status = 'error' OR StatusCode = 'Error', 'error',
        Status IN ('', 'unset'), 'success',
        Status
    ),
    if(StatusMessage != '', StatusMessage, SpanAttributes['sonde.status_message']),
    toUnixTimestamp64Nano(Timestamp) AS start,
    Duration,
    IsOpen,
    greatest(1, toUInt32OrZero(SpanAttributes['sonde.run.attempt'])) AS attempt,
    SpanAttributes['sonde.run.job']
FROM otel_traces FINAL
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND TraceId IN {trace_ids:Array(String)}
    AND RunId IN {run_ids:Array(String)}
    AND (TraceId, RunId, ParentSpanId) NOT IN (
        SELECT TraceId, RunId, SpanId
        FROM otel_traces
        WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
            AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
            AND TraceId IN {trace_ids:Array(String)}
            AND RunId IN {run_ids:Array(String)}
    )
ORDER BY start DESC, SpanId
LIMIT {attempts:UInt32} BY RunId
