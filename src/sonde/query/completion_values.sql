-- Values of one attribute or column in some records that have a text in them, in any case. Leans on the partition and
-- the first column of the primary key (the hour), both through the column of time, and reads the blocks of the sample.
SELECT value, count() AS records
FROM
(
    SELECT $value AS value
    FROM $table
    WHERE $time >= fromUnixTimestamp64Nano({since:Int64})
        AND $time < fromUnixTimestamp64Nano({until:Int64})
        AND $sample
)
WHERE value != ''
    AND lengthUTF8(value) <= {length:UInt32}
    AND positionCaseInsensitiveUTF8(value, {typed:String}) > 0
GROUP BY value
ORDER BY startsWith(lowerUTF8(value), lowerUTF8({typed:String})) DESC, records DESC, value
LIMIT {limit:UInt32}
