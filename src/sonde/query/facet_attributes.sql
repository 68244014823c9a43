-- Attributes of some records, their most frequent values, and how many records have each. The empty key counts the
-- records themselves. Of a resource, only what tells deployments apart: named keys cost a third of a whole map. A value
-- counts by its first {length} characters. Leans on the partition (day) and the first column of the primary key (the
-- hour), both through Timestamp, and reads only the blocks of the sample.
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
                arrayZip(mapKeys($attributes), mapValues($attributes)),
                arrayMap(
                    each -> (each.1, if($attributes[each.1] != '', '', each.2)),
                    [
                        ('deployment.environment.name', ResourceAttributes['deployment.environment.name']),
                        ('host.name', ResourceAttributes['host.name']),
                        ('k8s.pod.name', ResourceAttributes['k8s.pod.name']),
                        ('service.version', ResourceAttributes['service.version'])
                    ]
                )
            )) AS pair
        FROM $table $final
        WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
            AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
            AND ($condition)
            AND $sample
    )
    WHERE pair.2 != '' OR pair.1 = ''
    GROUP BY key, value
)
GROUP BY key
