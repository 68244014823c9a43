-- Values of one attribute or column in some records of a range of time. Leans on the partition, and stops after
-- a number of rows.
SELECT value, count() AS records
FROM
(
    SELECT $value AS value
    FROM $table
    WHERE $time >= fromUnixTimestamp64Nano({since:Int64})
        AND $time < fromUnixTimestamp64Nano({until:Int64})
    LIMIT {sampled:UInt32}
)
WHERE value != '' AND startsWith(lower(value), lower({prefix:String}))
GROUP BY value
ORDER BY records DESC, value
LIMIT {limit:UInt32}
