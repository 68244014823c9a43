-- Gauges and the values of sums, in steps, by labels. Leans on the first column of the primary key (MetricName) and
-- on the partition (day).
SELECT labels, bucket, $outcome
FROM
(
    SELECT
        $labels AS labels,
        intDiv(toUnixTimestamp64Nano(TimeUnix), {step:Int64}) AS bucket,
        cityHash64(ServiceName, ResourceAttributes, ScopeName, Attributes) AS identity,
        sum(Value) AS total,
        count() AS points,
        min(Value) AS least,
        max(Value) AS most,
        argMax(Value, TimeUnix) AS newest,
        max(TimeUnix) AS at,
        $delta AS is_delta
    FROM $table
    WHERE MetricName = {name:String}
        AND TimeUnix >= fromUnixTimestamp64Nano({since:Int64})
        AND TimeUnix < fromUnixTimestamp64Nano({until:Int64})
        AND bitAnd(Flags, 1) = 0
        AND ($condition)
    GROUP BY labels, bucket, identity
)
GROUP BY labels, bucket
ORDER BY labels, bucket
LIMIT {limit:UInt32}
