-- Attributes of some records, their most frequent values, and how many records have each. The empty key counts the
-- records themselves. A value counts by its first {length} characters. Leans on the partition (day) and the first
-- column of the primary key (the hour), both through Timestamp, and reads only the blocks of the sample.
SELECT
    key,
    sum(records) AS whole,
    count() AS distinct,
    arraySlice(arraySort(each -> (-each.2, each.1), groupArray((value, records))), 1, {limit:UInt32})
FROM
(
    SELECT
        pair.1 AS key,
        if(length(pair.2) > {length:UInt32}, substringUTF8(pair.2, 1, {length:UInt32}), pair.2) AS value,
        sum(SampleWeight) AS records
    FROM
    (
        SELECT
            SampleWeight,
            arrayJoin(arrayConcat(
                [('', '')],
                arrayFilter(each -> each.1 != '', arrayZip(mapKeys($attributes), mapValues($attributes))),
                arrayFilter(
                    each -> has({resource:Array(String)}, each.1) AND NOT mapContains($attributes, each.1),
                    arrayZip(mapKeys(ResourceAttributes), mapValues(ResourceAttributes))
                )
            )) AS pair
        FROM $table $final
        WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
            AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
            AND ($condition)
            AND $sample
    )
    GROUP BY key, value
)
GROUP BY key
