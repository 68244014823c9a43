-- Keys of the rows of one instant that match, by id. Leans on the partition (day) and on the first column of
-- the primary key (the hour), both through Timestamp.
SELECT toUnixTimestamp64Nano(Timestamp), TraceId, SpanId
FROM otel_traces
WHERE Timestamp = fromUnixTimestamp64Nano({at:Int64})
    AND (TraceId, SpanId) < ({trace_id:String}, {span_id:String})
    AND ($condition)
ORDER BY TraceId DESC, SpanId DESC
LIMIT {limit:UInt32}
