-- Spans with a link to this one, the oldest first. Leans on the partition (day) and on the first column of the primary
-- key (the hour), both through Timestamp; reads the ids of links only, and most spans have none.
SELECT TraceId, SpanId, any(ServiceName), any(SpanName), toUnixTimestamp64Nano(min(Timestamp)) AS at
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
    AND has(Links.SpanId, {span_id:String})
    AND arrayExists((trace, span) -> trace = {trace_id:String} AND span = {span_id:String}, Links.TraceId, Links.SpanId)
GROUP BY TraceId, SpanId
ORDER BY at, TraceId, SpanId
LIMIT {limit:UInt32}
