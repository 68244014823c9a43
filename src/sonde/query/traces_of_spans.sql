-- The newest spans that match, for their traces. Leans on the partition (day) and on the first column of the primary key
-- (the hour), both through Timestamp; the columns of the search are read for these hours only.
SELECT toUnixTimestamp64Nano(Timestamp), TraceId
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({after_at:Int64})
    AND (Timestamp, TraceId) < (fromUnixTimestamp64Nano({after_at:Int64}), {after_id:String})
    AND NOT has({leave_out:Array(String)}, TraceId)
    AND ($condition)
ORDER BY Timestamp DESC, TraceId DESC
LIMIT {limit:UInt32}
