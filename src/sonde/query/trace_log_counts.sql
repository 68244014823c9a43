-- How many log records each span of a trace has. Leans on the bloom filter of TraceId.
SELECT reinterpretAsUInt64(reverse(unhex(SpanId))) AS id, count() AS logs
FROM otel_logs
WHERE TraceId = {trace_id:String}
GROUP BY id
