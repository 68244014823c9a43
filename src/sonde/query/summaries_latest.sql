-- The newest traces. Leans on the first column of the primary key: Hour.
SELECT toUnixTimestamp64Nano(Start), TraceId, 0
FROM trace_summaries
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({since:Int64}), 'UTC')
    AND Start >= fromUnixTimestamp64Nano({since:Int64})
    AND Start < fromUnixTimestamp64Nano({until:Int64})
    AND Start <= fromUnixTimestamp64Nano({last:Int64})
    $others
ORDER BY Start DESC
LIMIT {limit:UInt32}
