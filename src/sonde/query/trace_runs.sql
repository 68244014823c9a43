-- Where the runs of a trace are, by what a span or its resource says; the job is that of the first. Leans on the same indexes as trace_skeleton.
SELECT
    RunId,
    max(if(SpanAttributes[{url:String}] != '', SpanAttributes[{url:String}], ResourceAttributes[{url:String}])),
    argMinIf(
        if(SpanAttributes[{job:String}] != '', SpanAttributes[{job:String}], ResourceAttributes[{job:String}]) AS job,
        Timestamp,
        job != ''
    )
FROM otel_traces
WHERE TraceId = {trace_id:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
    AND RunId != ''
GROUP BY RunId
ORDER BY min(Timestamp), RunId
LIMIT {limit:UInt32}
