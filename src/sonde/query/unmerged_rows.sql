-- Rows of the days in a range of time that lie in more than one part. Reads the engine's list of parts only;
-- a partition is a day (yyyymmdd), or a year for what was far from its time of receipt (yyyy0000).
SELECT sum(rows)
FROM
(
    SELECT sum(rows) AS rows
    FROM system.parts
    WHERE active
        AND database = currentDatabase()
        AND table IN ({table:String}, concat({table:String}, '_local'))
        AND (
            toUInt32OrZero(partition) BETWEEN
                toYYYYMMDD(fromUnixTimestamp64Nano({since:Int64}), 'UTC')
                AND toYYYYMMDD(fromUnixTimestamp64Nano({until:Int64}), 'UTC')
            OR toUInt32OrZero(partition) % 10000 = 0
        )
    GROUP BY partition
    HAVING count() > 1
)
