-- Failures that spans tell: their exception events, and spans that failed without one (source 'span'). Leans on the
-- partition (day) and the first column of the primary key (the hour), both through Timestamp. The attributes of spans
-- are not read, for these cost more than all the rest. The newest are taken, as all of them may be too many.
SELECT
    toUnixTimestamp64Nano(Timestamp) AS at,
    TraceId,
    SpanId,
    ServiceName AS service,
    Component AS component,
    SpanName AS operation,
    SampleWeight AS weight,
    arrayJoin(if(
        has(Events.Name, 'exception'),
        arrayMap(
            each -> (
                'event',
                each.2['exception.type'],
                substringUTF8(each.2['exception.message'], 1, {length:UInt32}),
                multiIf(
                    lowerUTF8(each.2['exception.escaped']) = 'true', -1,
                    lowerUTF8(each.2['exception.escaped']) = 'false' OR NOT (Status = 'error' OR StatusCode = 'Error'), 1,
                    0
                )
            ),
            arrayFilter(each -> each.1 = 'exception', arrayZip(Events.Name, Events.Attributes))
        ),
        [('span', '', substringUTF8(StatusMessage, 1, {length:UInt32}), 0)]
    )) AS failure
FROM otel_traces $final
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND (Status = 'error' OR StatusCode = 'Error' OR has(Events.Name, 'exception'))
    AND ($condition)
ORDER BY Timestamp DESC
LIMIT {most:UInt32}
