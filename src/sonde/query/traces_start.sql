-- The exact start of some traces within a range of time. Leans on the whole primary key: Hour and TraceId.
SELECT TraceId, toUnixTimestamp64Nano(min(Start))
FROM trace_summaries
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({first:Int64}), 'UTC')
    AND Hour <= toStartOfHour(fromUnixTimestamp64Nano({last:Int64}), 'UTC')
    AND Start >= fromUnixTimestamp64Nano({since:Int64})
    AND TraceId IN {trace_ids:Array(String)}
GROUP BY TraceId
