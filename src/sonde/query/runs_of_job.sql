-- Runs of a job that began before a moment, newest first: those among which the last good one is. Leans on idx_run_any, on the
-- index of attribute values, and on the partition and the hour, through Timestamp.
SELECT RunId, min(Timestamp) AS first
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND RunId != ''
    AND (SpanAttributes[{job:String}] = {wanted:String} OR ResourceAttributes[{job:String}] = {wanted:String})
    AND RunId != {run_id:String}
GROUP BY RunId
ORDER BY first DESC, RunId
LIMIT {limit:UInt32}
