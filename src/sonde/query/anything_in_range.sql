-- Whether any span or log record of a range of time is stored. Leans on the first columns of the primary keys.
SELECT 1
FROM
(
    SELECT 1 FROM otel_traces
    WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64}) AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    LIMIT 1
    UNION ALL
    SELECT 1 FROM otel_logs
    WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64}) AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    LIMIT 1
)
LIMIT 1
