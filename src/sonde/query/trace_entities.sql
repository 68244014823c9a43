-- The entities that spans of a trace name, as `sonde.entity.<type>` and its value. Leans on the same indexes as
-- trace_skeleton; values are read where a key is one of an entity.
SELECT entity.1 AS key, entity.2 AS value, uniqExact(SpanId) AS spans
FROM
(
    SELECT SpanId, arrayJoin(arrayZip(mapKeys(SpanAttributes), mapValues(SpanAttributes))) AS entity
    FROM otel_traces
    WHERE TraceId = {trace_id:String}
        AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
        AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
        AND arrayExists(key -> startsWith(key, {prefix:String}), mapKeys(SpanAttributes))
)
WHERE startsWith(key, {prefix:String}) AND value != ''
GROUP BY key, value
ORDER BY spans DESC, key, value
LIMIT {limit:UInt32}
