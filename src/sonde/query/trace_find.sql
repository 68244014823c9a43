-- Versions of spans of a trace that match. Leans on the same indexes as trace_skeleton.
SELECT reinterpretAsUInt64(reverse(unhex(SpanId))) AS id, Version AS version
FROM otel_traces
WHERE TraceId = {trace_id:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
    AND ($condition)
