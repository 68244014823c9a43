-- The first events of those spans of a trace that have any, and the type of their exception. Leans on the same indexes
-- as trace_skeleton.
SELECT
    reinterpretAsUInt64(reverse(unhex(SpanId))) AS id,
    Version AS version,
    arrayMap(x -> toUnixTimestamp64Nano(x), arraySlice(Events.Timestamp, 1, {most:UInt32})) AS at,
    arraySlice(Events.Name, 1, {most:UInt32}) AS name,
    if(
        has(Events.Name, 'exception'),
        Events.Attributes[indexOf(Events.Name, 'exception')]['exception.type'],
        SpanAttributes['exception.type']
    ) AS exception
FROM otel_traces
WHERE TraceId = {trace_id:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
    AND (notEmpty(Events.Name) OR mapContains(SpanAttributes, 'exception.type'))
LIMIT {limit:UInt32}
