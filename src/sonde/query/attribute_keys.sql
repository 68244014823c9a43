-- Attribute keys of some records of the newest part of a range of time; reads the keys of the maps only. Leans
-- on the partition, and stops after a number of rows.
SELECT key, count() AS records
FROM
(
    SELECT arrayConcat(mapKeys($attributes), mapKeys(ResourceAttributes)) AS keys
    FROM $table
    WHERE $time >= fromUnixTimestamp64Nano({since:Int64})
        AND $time < fromUnixTimestamp64Nano({until:Int64})
    LIMIT {sampled:UInt32}
)
ARRAY JOIN keys AS key
WHERE startsWith(lower(key), lower({prefix:String}))
GROUP BY key
ORDER BY records DESC, key
LIMIT {limit:UInt32}
