-- Log records of one process after another one, the oldest first. Leans on the primary key: the hour (through
-- Timestamp) and the service.
SELECT $columns
FROM otel_logs
WHERE Timestamp <= fromUnixTimestamp64Nano({end:Int64})
    AND Timestamp >= fromUnixTimestamp64Nano({at:Int64})
    AND (Timestamp, Segment, Ordinal)
        > (fromUnixTimestamp64Nano({at:Int64}), {segment:UInt64}, {ordinal:UInt32})
    AND ServiceName = {service:String}
    AND ($process)
    AND ($condition)
ORDER BY Timestamp, Segment, Ordinal
LIMIT {limit:UInt32}
