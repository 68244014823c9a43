-- Whether there is a log record with an exception. Leans on the partition (day), on the first column of the primary
-- key (the hour), both through Timestamp, and on the index of attribute keys.
SELECT 1
FROM otel_logs
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND mapContains(LogAttributes, 'exception.type')
LIMIT 1
