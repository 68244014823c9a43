-- The spans of some traces that name an entity, alone or with others of its type, in their newest versions. Leans on the
-- primary key: the hour (through Timestamp) and TraceId.
SELECT
    TraceId,
    SpanId,
    ParentSpanId,
    RunId,
    ServiceName,
    SpanName,
    toUnixTimestamp64Nano(Timestamp) AS at,
    toInt64(Duration) AS took,
    multiIf(
        IsOpen, 'running',
        Status = 'error' OR StatusCode = 'Error', 'error',
        Status IN ('', 'unset'), 'success',
        Status
    ),
    substringUTF8(if(StatusMessage != '', StatusMessage, SpanAttributes['sonde.status_message']), 1, {length:UInt32}),
    SpanAttributes['sonde.run.job'],
    toUInt32OrZero(SpanAttributes['sonde.run.attempt']),
    toUInt32(greatest(0, length(JSONExtract(SpanAttributes[{key:String}] AS named, 'Array(String)')) - 1))
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND TraceId IN {trace_ids:Array(String)}
    AND (named = {id:String} OR (startsWith(named, '[') AND has(JSONExtract(named, 'Array(String)'), {id:String})))
ORDER BY Version DESC
LIMIT 1 BY TraceId, SpanId
LIMIT {limit:UInt32}
