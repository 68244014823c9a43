-- Some spans that failed, by time and trace. Leans on the whole primary key: the hour (through Timestamp), TraceId.
SELECT
    toUnixTimestamp64Nano(Timestamp),
    TraceId,
    SpanId,
    SpanName,
    if(SpanAttributes['error.type'] != '', SpanAttributes['error.type'], SpanAttributes['exception.type']),
    if(SpanAttributes['sonde.error.detail'] != '', SpanAttributes['sonde.error.detail'], SpanAttributes['exception.message'])
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND TraceId IN {trace_ids:Array(String)}
    AND toUnixTimestamp64Nano(Timestamp) IN {ats:Array(Int64)}
    AND (Status = 'error' OR StatusCode = 'Error' OR has(Events.Name, 'exception'))
