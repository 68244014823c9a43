-- Attribute keys of some records; reads the keys of the maps only, of the blocks of the sample. Leans on the partition
-- and the first column of the primary key (the hour), both through the column of time.
SELECT key, count() AS records
FROM
(
    SELECT arrayJoin(arrayConcat(mapKeys($attributes), mapKeys(ResourceAttributes))) AS key
    FROM $table
    WHERE $time >= fromUnixTimestamp64Nano({since:Int64})
        AND $time < fromUnixTimestamp64Nano({until:Int64})
        AND $sample
)
WHERE key != '' AND length(key) <= 200
GROUP BY key
ORDER BY records DESC, key
LIMIT {limit:UInt32}
