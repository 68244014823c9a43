-- The last reading of each cumulative histogram in each step, the whole of each delta one; by labels. A series that
-- began again has a new StartTimeUnix. Leans on the first column of the primary key (MetricName) and on the
-- partition (day).
SELECT
    labels,
    cityHash64(ServiceName, ResourceAttributes, ScopeName, Attributes) AS identity,
    toUnixTimestamp64Nano(StartTimeUnix) AS start,
    intDiv(toUnixTimestamp64Nano(TimeUnix), {step:Int64}) AS bucket,
    $temporality AS temporality,
    $reading
FROM
(
    SELECT *, $labels AS labels
    FROM $table
    WHERE MetricName = {name:String}
        AND TimeUnix >= fromUnixTimestamp64Nano({first:Int64})
        AND TimeUnix < fromUnixTimestamp64Nano({until:Int64})
        AND bitAnd(Flags, 1) = 0
        AND ($condition)
)
ORDER BY labels, identity, TimeUnix DESC
LIMIT 1 BY identity, start, bucket, if(temporality = 1, TimeUnix, toDateTime64(0, 9))
LIMIT {limit:UInt32}
