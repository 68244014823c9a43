-- Events of an orchestration, from the statement orchestration_events: of each stretch of a phase those that failed, then the
-- first ones.
SELECT
    at,
    Segment,
    Ordinal,
    Component,
    EventName,
    SeverityText,
    SeverityNumber,
    substringUTF8(Body, 1, 1000),
    Status,
    substringUTF8(LogAttributes['sonde.reason'], 1, 1000),
    substringUTF8(LogAttributes['sonde.subject'], 1, 1000),
    LogAttributes['sonde.from'],
    LogAttributes['sonde.to'],
    LogAttributes['error.type'],
    TraceId,
    SpanId,
    violates,
    LogAttributes['sonde.violation.rule'],
    LogAttributes['sonde.violation.trace_ids'],
    $stretch AS stretch,
    failed
FROM ($events)
WHERE $narrowed
ORDER BY failed DESC, at, Segment, Ordinal
LIMIT {each:UInt32} BY stretch
LIMIT {limit:UInt32}
