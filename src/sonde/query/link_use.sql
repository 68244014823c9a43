-- How often each action had each result. Leans on the primary key (At, ...).
SELECT Action, Result, count()
FROM audit_log
WHERE At >= fromUnixTimestamp64Nano({since:Int64}) AND At < fromUnixTimestamp64Nano({until:Int64})
GROUP BY Action, Result
ORDER BY Action, Result
