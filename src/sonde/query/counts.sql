-- Records in each step of time, by a value; all but the most frequent values are one. Leans on the partition (day)
-- and the first column of the primary key (the hour), both through Timestamp.
WITH counted AS
(
    SELECT
        $value AS value,
        intDiv(toUnixTimestamp64Nano(Timestamp), {step:Int64}) AS bucket,
        sum($weight) AS records
    FROM $table $final
    WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
        AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
        AND ($condition)
    GROUP BY value, bucket
)
SELECT if(value IN (SELECT value FROM counted GROUP BY value ORDER BY sum(records) DESC, value LIMIT {series:UInt32}), value, 'other') AS name, bucket, sum(records)
FROM counted
GROUP BY name, bucket
ORDER BY name, bucket
