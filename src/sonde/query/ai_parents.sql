-- The parents of all spans of some traces. Leans on the partition (day) and the primary key (the hour, through Timestamp,
-- and the trace).
SELECT cityHash64(TraceId, SpanId) AS span_key, cityHash64(TraceId, ParentSpanId) AS parent_key
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND ParentSpanId != ''
    AND TraceId IN (
        SELECT TraceId
        FROM ai_calls
        WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
            AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
            AND cityHash64(TraceId) IN (SELECT toUInt64OrZero(arrayJoin(splitByChar(',', {trace_keys:String}))))
    )
