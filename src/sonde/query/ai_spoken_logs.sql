-- Log records of some spans that tell what was said, in order. Leans on the partition (day), and on the bloom filters of
-- TraceId and EventName.
SELECT TraceId, SpanId, EventName, LogAttributes, Body
FROM otel_logs
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
    AND TraceId IN {trace_ids:Array(String)}
    AND SpanId IN {span_ids:Array(String)}
    AND EventName IN {names:Array(String)}
ORDER BY Timestamp, Segment, Ordinal
LIMIT {most:UInt32} BY TraceId, SpanId
