-- Services by their spans; counts are weighted by sampling, quantiles are within 1 % (DDSketch). Leans on the
-- partition (day) and the first column of the primary key (the hour), both through Timestamp.
SELECT
    ServiceName,
    sumIf(SampleWeight, NOT IsOpen) AS spans,
    sumIf(SampleWeight, Status = 'error' OR StatusCode = 'Error'),
    countIf(IsOpen),
    quantilesDDIf(0.01, 0.5, 0.95, 0.99)(Duration, NOT IsOpen),
    toUnixTimestamp64Nano(max(Timestamp))
FROM otel_traces $final
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND ($condition)
GROUP BY ServiceName
ORDER BY ServiceName
LIMIT {limit:UInt32}
