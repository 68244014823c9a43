-- Database statements by their spans, with literals and numbers left out. Grouped by the text as it came first, so that
-- few texts are rewritten. Leans on the partition (day) and the first column of the primary key (the hour), both through
-- Timestamp, and reads only the blocks of the sample: attributes cost more than all else of a span.
SELECT
    system,
    replaceRegexpAll(replaceRegexpAll(replaceRegexpAll(
        text,
        '\'(?:[^\']|\'\')*\'|\\$$\\d+|\\b\\d+(?:\\.\\d+)?\\b', '?'),
        '\\(\\s*\\?(?:\\s*,\\s*\\?)+\\s*\\)', '(?)'),
        '\\s+', ' ') AS statement,
    service,
    sum(records) AS executions,
    sum(errors),
    sum(total) AS total_ns,
    quantilesDDMerge(0.01, 0.5, 0.95)(durations),
    max(longest) AS longest_ns,
    argMax(trace_id, longest),
    argMax(span_id, longest)
FROM
(
    SELECT
        if(SpanAttributes['db.system.name'] != '', SpanAttributes['db.system.name'], SpanAttributes['db.system']) AS system,
        trim(BOTH ' \n\t' FROM substringUTF8(
            multiIf(
                SpanAttributes['db.query.text'] != '', SpanAttributes['db.query.text'],
                SpanAttributes['db.statement'] != '', SpanAttributes['db.statement'],
                SpanAttributes['db.query.summary']
            ),
            1, {length:UInt32}
        )) AS text,
        ServiceName AS service,
        sum(SampleWeight) AS records,
        sumIf(SampleWeight, Status = 'error' OR StatusCode = 'Error') AS errors,
        sum(Duration * SampleWeight) AS total,
        quantilesDDState(0.01, 0.5, 0.95)(Duration) AS durations,
        max(Duration) AS longest,
        argMax(TraceId, Duration) AS trace_id,
        argMax(SpanId, Duration) AS span_id
    FROM otel_traces $final
    WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
        AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
        AND NOT IsOpen
        AND ($condition)
        AND $sample
    GROUP BY system, text, service
    HAVING text != ''
)
GROUP BY system, statement, service
ORDER BY total_ns DESC, statement, service, system
LIMIT {limit:UInt32}
