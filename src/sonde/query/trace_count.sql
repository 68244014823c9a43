-- How many spans a trace has. Leans on the same indexes as trace_spans, and reads ids only.
SELECT uniqExact(SpanId)
FROM otel_traces
WHERE TraceId = {trace_id:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
