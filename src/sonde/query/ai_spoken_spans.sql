-- What some spans of AI calls say, the newest version of each last. Leans on the whole primary key: the hour (through
-- Timestamp), TraceId, SpanId.
SELECT TraceId, SpanId, SpanAttributes, Events.Name, Events.Attributes
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND TraceId IN {trace_ids:Array(String)}
    AND SpanId IN {span_ids:Array(String)}
ORDER BY Version
