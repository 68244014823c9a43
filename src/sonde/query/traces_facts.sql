-- What the list says of some traces, from the newest versions of their spans; when each began within the
-- range asked for; whether one of some versions is still the newest of its span. Leans on the primary key: the hour (through Timestamp) and TraceId; so few rows that
-- FINAL costs little.
SELECT
    TraceId,
    toUnixTimestamp64Nano(minIf(Timestamp, Timestamp >= fromUnixTimestamp64Nano({since:Int64}))),
    toUnixTimestamp64Nano(min(Timestamp)),
    max(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)),
    uniqExact(SpanId),
    uniqExactIf(SpanId, Status = 'error' OR StatusCode = 'Error'),
    groupUniqArray(ServiceName),
    countIf(ParentSpanId = '') > 0,
    argMinIf((ServiceName, SpanName, Status), Timestamp, ParentSpanId = ''),
    argMin((ServiceName, SpanName), Timestamp),
    max(IsOpen),
    countIf(Version IN {versions:Array(UInt64)}) > 0
FROM otel_traces FINAL
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND TraceId IN {trace_ids:Array(String)}
GROUP BY TraceId
