-- The newest traces in which a service took part. Leans on the first column of the primary key (Hour);
-- Services, the widest column, is read for the rows that are new enough only.
SELECT toUnixTimestamp64Nano(Start), TraceId, 0
FROM trace_summaries
PREWHERE Start >= fromUnixTimestamp64Nano({since:Int64})
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({since:Int64}), 'UTC')
    AND Start < fromUnixTimestamp64Nano({until:Int64})
    AND Start <= fromUnixTimestamp64Nano({last:Int64})
    AND has(Services, {service:String})
    $others
ORDER BY Start DESC
LIMIT {limit:UInt32}
