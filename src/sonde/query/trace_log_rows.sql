-- The first log records of some spans of a trace, the oldest first. Leans on the partition (day), and on the bloom
-- filter of TraceId.
SELECT
    SpanId,
    toUnixTimestamp64Nano(Timestamp),
    Segment,
    Ordinal,
    SeverityText,
    SeverityNumber,
    substringUTF8(Body, 1, {characters:UInt32}),
    EventName
FROM otel_logs
WHERE TraceId = {trace_id:String}
    AND SpanId IN {span_ids:Array(String)}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
ORDER BY Timestamp, Segment, Ordinal
LIMIT {most:UInt32} BY SpanId
