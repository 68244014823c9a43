-- Operations of components by why sampling kept their spans; weights say how many spans they stand for. Leans on the partition
-- (day) and the first column of the primary key (the hour), both through Timestamp.
SELECT
    Component,
    SpanName,
    count() AS stored,
    sum(SampleWeight),
    countIf(SpanAttributes['sonde.kept'] = 'ratio') AS by_ratio,
    countIf(SpanAttributes['sonde.kept'] = 'forced') AS forced,
    countIf(SpanAttributes['sonde.kept'] = 'error') AS failed,
    countIf(SpanAttributes['sonde.kept'] = 'slow') AS slow,
    stored - by_ratio - forced - failed - slow,
    toUnixTimestamp64Nano(max(Timestamp))
FROM otel_traces $final
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND ($condition)
GROUP BY Component, SpanName
ORDER BY stored DESC, Component, SpanName
LIMIT {most:UInt32}
