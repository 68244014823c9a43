-- Components and their operations by their spans, components in steps of time, and all of them together; counts are
-- weighted by sampling, quantiles are within 1 % (DDSketch). The table is read and grouped once, finely, and the others
-- are made of that; grouped by a hash, for several string keys cost more. Leans on the partition (day) and the first
-- column of the primary key (the hour), both through Timestamp. `told` has a bit for what a row is not told by.
SELECT
    component,
    operation,
    bucket,
    grouping(component, operation, bucket) AS told,
    sum(spans) AS whole,
    sum(errors),
    sum(running),
    quantilesDDMerge(0.01, 0.5, 0.95, 0.99)(durations),
    max(last),
    any(service),
    any(kind),
    max(longest)
FROM
(
    SELECT
        any(Component) AS component,
        any(SpanName) AS operation,
        any(ServiceName) AS service,
        any(SpanKind) AS kind,
        any(intDiv(toUnixTimestamp64Nano(Timestamp), {step:Int64})) AS bucket,
        sumIf(SampleWeight, NOT IsOpen) AS spans,
        sumIf(SampleWeight, Status = 'error' OR StatusCode = 'Error') AS errors,
        countIf(IsOpen) AS running,
        quantilesDDStateIf(0.01, 0.5, 0.95, 0.99)(Duration, NOT IsOpen) AS durations,
        toUnixTimestamp64Nano(max(Timestamp)) AS last,
        max(Duration) AS longest
    FROM otel_traces $final
    WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
        AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    GROUP BY cityHash64(Component, SpanName, intDiv(toUnixTimestamp64Nano(Timestamp), {step:Int64}))
)
GROUP BY GROUPING SETS ((component), (component, bucket), (component, operation), (bucket), ())
ORDER BY told, whole + sum(running) DESC, component, operation, bucket
LIMIT {most:UInt32} BY told
