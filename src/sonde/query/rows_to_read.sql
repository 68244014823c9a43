-- What would be read, by the engine's own estimate: partition, key and indexes are looked at, no row is.
EXPLAIN ESTIMATE
SELECT count()
FROM $table
WHERE $time >= fromUnixTimestamp64Nano({since:Int64})
    AND $time < fromUnixTimestamp64Nano({until:Int64})
    AND ($condition)
