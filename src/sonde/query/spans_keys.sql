-- Keys of the newest rows that match. Leans on the partition (day) and on the first column of the primary key (the
-- hour), both through Timestamp; the columns of the search are read for these hours only.
SELECT toUnixTimestamp64Nano(Timestamp), TraceId, SpanId
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({at:Int64})
    AND ({after:UInt8} = 0 OR (Timestamp, TraceId, SpanId) < (fromUnixTimestamp64Nano({at:Int64}), {trace_id:String}, {span_id:String}))
    AND ($condition)
ORDER BY Timestamp DESC, TraceId DESC, SpanId DESC
LIMIT {limit:UInt32}
