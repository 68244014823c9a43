-- Failures that log records tell: those with an exception. Leans on the partition (day), on the first column of the
-- primary key (the hour), both through Timestamp, and on the index of attribute keys.
SELECT
    toUnixTimestamp64Nano(Timestamp) AS at,
    TraceId,
    SpanId,
    ServiceName AS service,
    Component AS component,
    '' AS operation,
    SampleWeight AS weight,
    (
        'log',
        LogAttributes['exception.type'],
        substringUTF8(
            if(LogAttributes['exception.message'] != '', LogAttributes['exception.message'], Body), 1, {length:UInt32}
        ),
        0
    ) AS failure
FROM otel_logs
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND mapContains(LogAttributes, 'exception.type')
    AND ($condition)
ORDER BY Timestamp DESC
LIMIT {most:UInt32}
