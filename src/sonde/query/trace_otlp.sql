-- Spans of a trace with all that OTLP has, those from one id to another. Leans on the whole primary key: the hour
-- (through Timestamp), TraceId, SpanId.
SELECT $columns
FROM otel_traces
WHERE TraceId = {trace_id:String}
    AND SpanId >= {first:String}
    AND SpanId <= {last:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
