-- Operations by their spans; as for services. Grouped by a hash: several string keys cost twice as much.
SELECT
    any(ServiceName),
    sumIf(SampleWeight, NOT IsOpen) AS spans,
    sumIf(SampleWeight, Status = 'error' OR StatusCode = 'Error'),
    countIf(IsOpen) AS running,
    quantilesDDIf(0.01, 0.5, 0.95, 0.99)(Duration, NOT IsOpen),
    toUnixTimestamp64Nano(max(Timestamp)),
    any(SpanName),
    any(SpanKind),
    max(Duration)
FROM otel_traces $final
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND ($condition)
GROUP BY cityHash64(ServiceName, SpanName, SpanKind)
ORDER BY spans + running DESC, any(ServiceName), any(SpanName)
LIMIT {limit:UInt32}
