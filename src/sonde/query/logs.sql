-- Log records that match, newest first. Leans on the partition (day) and on the first column of the
-- primary key (the hour), both through Timestamp; on the bloom filter of TraceId where one is asked for.
SELECT $columns
FROM otel_logs
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    $resume
    AND ($condition)
ORDER BY Timestamp DESC, Segment DESC, Ordinal DESC
LIMIT {limit:UInt32}
