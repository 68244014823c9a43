-- One log record. Leans on the partition (day) and on the first column of the primary key (the hour), both through
-- Timestamp.
SELECT $columns
FROM otel_logs
WHERE Timestamp = fromUnixTimestamp64Nano({at:Int64}) AND Segment = {segment:UInt64} AND Ordinal = {ordinal:UInt32}
LIMIT 1
