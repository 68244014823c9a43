-- The exact start of some traces within a range of time, made of the spans that were there when the first page was. Leans on
-- the primary key: the hour (through Timestamp) and TraceId.
SELECT TraceId, toUnixTimestamp64Nano(min(Timestamp))
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND TraceId IN {trace_ids:Array(String)}
    AND Segment <= {as_of:UInt64}
GROUP BY TraceId
