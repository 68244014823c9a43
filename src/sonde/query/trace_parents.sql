-- Which span is below which, in some traces. Leans on the primary key: the hour (through Timestamp) and TraceId.
SELECT DISTINCT TraceId, SpanId, ParentSpanId
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND TraceId IN {trace_ids:Array(String)}
    AND ParentSpanId != ''
LIMIT {limit:UInt32}
