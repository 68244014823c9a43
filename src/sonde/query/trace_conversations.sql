-- The AI conversations that a trace is part of. Leans on the same indexes as trace_skeleton, and on idx_attribute_keys.
SELECT DISTINCT $conversation AS conversation
FROM otel_traces
WHERE TraceId = {trace_id:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
    AND $marked
    AND conversation != ''
ORDER BY conversation
LIMIT {limit:UInt32}
