-- Log records of some traces and runs that name an entity or were written in some spans, the first of each. Leans on
-- idx_trace_id and idx_run, and on the partition and the hour, through Timestamp.
SELECT $columns
FROM otel_logs
WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})
    AND (TraceId IN {trace_ids:Array(String)} OR RunId IN {run_ids:Array(String)})
    AND EventName != {touched:String}
    AND (
        (TraceId, SpanId) IN {spans:Array(Tuple(String, String))}
        OR LogAttributes[{key:String}] = {id:String}
        OR LogAttributes[{key:String}] = {listed:String}
    )
ORDER BY Timestamp, Segment, Ordinal
LIMIT {each:UInt32} BY if(RunId != '', RunId, TraceId)
