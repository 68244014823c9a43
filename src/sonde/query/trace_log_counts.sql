-- How many log records each span of a trace has. Leans on the partition (day), and on the bloom filter of TraceId.
SELECT reinterpretAsUInt64(reverse(unhex(SpanId))) AS id, count() AS logs
FROM otel_logs
WHERE TraceId = {trace_id:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
GROUP BY id
