-- The start of the nth newest trace. Leans on the first column of the primary key (Hour); reads Start only.
SELECT toUnixTimestamp64Nano(Start)
FROM trace_summaries
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({since:Int64}), 'UTC')
    AND Start >= fromUnixTimestamp64Nano({since:Int64})
    AND Start < fromUnixTimestamp64Nano({until:Int64})
    AND Start <= fromUnixTimestamp64Nano({last:Int64})
ORDER BY Start DESC
LIMIT 1 OFFSET {limit:UInt32}
