-- The newest version of some spans. Leans on the whole primary key: the hour (through Timestamp), TraceId,
-- SpanId.
SELECT TraceId, SpanId, max(Version)
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND TraceId IN {trace_ids:Array(String)}
    AND SpanId IN {span_ids:Array(String)}
GROUP BY TraceId, SpanId
