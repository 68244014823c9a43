-- The newest traces. Leans on the first column of the primary key: Hour.
SELECT toUnixTimestamp64Nano(Start), TraceId
FROM trace_summaries
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({since:Int64}), 'UTC')
    AND Start >= fromUnixTimestamp64Nano({since:Int64})
    AND Start < fromUnixTimestamp64Nano({until:Int64})
    AND Start <= fromUnixTimestamp64Nano({after_at:Int64})
    AND (Start, TraceId) < (fromUnixTimestamp64Nano({after_at:Int64}), {after_id:String})
    AND NOT has({leave_out:Array(String)}, TraceId)
ORDER BY Start DESC, TraceId DESC
LIMIT {limit:UInt32}
