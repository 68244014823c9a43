-- One span of a trace whose start is known, whole. Leans on the whole primary key: the hour (through Timestamp),
-- TraceId, SpanId.
SELECT $columns
FROM otel_traces
WHERE TraceId = {trace_id:String}
    AND SpanId = {span_id:String}
    AND Timestamp = fromUnixTimestamp64Nano({at:Int64})
ORDER BY Version DESC
LIMIT 1
