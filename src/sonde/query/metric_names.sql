-- Metrics of one type that were received in a range of time. Leans on the partition (day); the primary key begins
-- with MetricName, so that names compress to almost nothing and groups are read in order.
SELECT
    MetricName,
    argMax(MetricUnit, TimeUnix),
    argMax(MetricDescription, TimeUnix),
    arraySort(groupUniqArray(ServiceName)),
    count(),
    toUnixTimestamp64Nano(max(TimeUnix)),
    $monotonic
FROM $table
WHERE TimeUnix >= fromUnixTimestamp64Nano({since:Int64})
    AND TimeUnix < fromUnixTimestamp64Nano({until:Int64})
    AND ({name:String} = '' OR MetricName = {name:String})
    AND ($condition)
GROUP BY MetricName
ORDER BY MetricName
LIMIT {limit:UInt32}
