-- Failures of spans and logs, each told once: a log record of an exception that its span has as an event is left out,
-- and so is a span that failed without an event but has such a log record, to which it lends its operation.
SELECT at, TraceId, SpanId, service, component, if(operation != '', operation, named) AS operation, weight, failure
FROM
(
    SELECT
        *,
        failure.1 AS source,
        countIf(source = 'event') OVER (PARTITION BY TraceId, SpanId, failure.2) AS events,
        countIf(source = 'log') OVER (PARTITION BY TraceId, SpanId) AS logs,
        max(operation) OVER (PARTITION BY TraceId, SpanId) AS named
    FROM ($failures)
)
WHERE SpanId = ''
    OR source = 'event'
    OR (source = 'log' AND events = 0)
    OR (source = 'span' AND logs = 0)
