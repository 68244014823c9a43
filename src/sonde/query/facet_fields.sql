-- Values of several columns and how many records have each: the table is read once, and each column grouped by
-- itself (a tuple of all of them costs half as much again). `which` has a bit for each column, 0 for the one that
-- is told; all bits are 1 for all records together. Columns that are not told are empty, so joined they are the
-- value. Leans on the partition (day) and the first column of the primary key (the hour), both through Timestamp.
SELECT which, value, records, sum(records) OVER (PARTITION BY which) AS whole, rows
FROM
(
    SELECT
        grouping($columns) AS which,
        concat('', $columns) AS value,
        sum(SampleWeight) AS records,
        count() AS rows
    FROM (SELECT $selected, SampleWeight FROM $table $final
        WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
            AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
            AND ($condition)
            AND $sample)
    GROUP BY GROUPING SETS ($sets, ())
)
WHERE value != '' OR which = {all:UInt64}
ORDER BY which, records DESC, value
LIMIT {limit:UInt32} BY which
