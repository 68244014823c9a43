-- How much counters grew in each step, by labels. Of a cumulative one, each point is compared with the one before
-- it in its series; one that went down, or that says it began after that point, began again at zero. Leans on the
-- first column of the primary key (MetricName) and on the partition (day).
SELECT labels, bucket, sum(increase)
FROM
(
    SELECT
        labels,
        TimeUnix,
        intDiv(toUnixTimestamp64Nano(TimeUnix), {step:Int64}) AS bucket,
        multiIf(
            AggregationTemporality = 1, Value,
            number = 1, if(StartTimeUnix >= fromUnixTimestamp64Nano({first:Int64}), Value, 0),
            Value < previous OR StartTimeUnix > previous_at, Value,
            Value - previous
        ) AS increase
    FROM
    (
        SELECT
            $labels AS labels,
            TimeUnix,
            StartTimeUnix,
            Value,
            AggregationTemporality,
            row_number() OVER series AS number,
            lagInFrame(Value) OVER before AS previous,
            lagInFrame(TimeUnix) OVER before AS previous_at
        FROM otel_metrics_sum
        WHERE MetricName = {name:String}
            AND TimeUnix >= fromUnixTimestamp64Nano({first:Int64})
            AND TimeUnix < fromUnixTimestamp64Nano({until:Int64})
            AND bitAnd(Flags, 1) = 0
            AND ($condition)
        WINDOW
            series AS (PARTITION BY cityHash64(ServiceName, ResourceAttributes, ScopeName, Attributes) ORDER BY TimeUnix),
            before AS (PARTITION BY cityHash64(ServiceName, ResourceAttributes, ScopeName, Attributes) ORDER BY TimeUnix ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    )
)
WHERE TimeUnix >= fromUnixTimestamp64Nano({since:Int64})
GROUP BY labels, bucket
ORDER BY labels, bucket
LIMIT {limit:UInt32}
