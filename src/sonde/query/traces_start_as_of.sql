-- When some traces began by what each segment brought, within a range of time. Leans on the primary key: the hour (through
-- Timestamp) and TraceId.
SELECT TraceId, bitShiftRight(Segment, {shift:UInt8}) AS made_ms, toUnixTimestamp64Nano(min(Timestamp))
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND TraceId IN {trace_ids:Array(String)}
GROUP BY TraceId, made_ms
ORDER BY TraceId, made_ms
