-- The newest spans that match, for their traces. Leans on the partition (day) and on the first column of
-- the primary key (the hour), both through Timestamp, and on the indexes of attributes.
SELECT toUnixTimestamp64Nano(Timestamp), TraceId, Version
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND ($condition)
    $others
ORDER BY Timestamp DESC
LIMIT {limit:UInt32}
