-- Keys of the newest rows that match. Leans on the partition (day) and on the first column of the primary
-- key (the hour), both through Timestamp, and on the indexes of attributes. Ordered by time alone: the ids
-- are then read for the answer only, not for every row.
SELECT toUnixTimestamp64Nano(Timestamp), TraceId, SpanId
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND ($condition)
ORDER BY Timestamp DESC
LIMIT {limit:UInt32}
