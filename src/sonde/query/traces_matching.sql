-- Those of some traces that have a span whose newest version matches. Leans on the primary key: the hour
-- (through Timestamp) and TraceId, and on the bloom filter of TraceId; asked for few traces only.
SELECT DISTINCT TraceId
FROM otel_traces FINAL
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND TraceId IN {trace_ids:Array(String)}
    AND ($condition)
