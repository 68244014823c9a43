-- Log records outside of runs and traces that name an entity. Leans on the index of attribute values, and on the
-- partition and the hour, through Timestamp.
SELECT toUnixTimestamp64Nano(Timestamp) AS place, sipHash64(Segment, Ordinal) AS digest, $columns
FROM otel_logs
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND (LogAttributes[{key:String}] = {id:String} OR LogAttributes[{key:String}] = {listed:String})
    AND TraceId = ''
    AND RunId = ''
    AND (place, digest) < ({place:Int64}, {digest:UInt64})
ORDER BY place DESC, digest DESC
LIMIT {limit:UInt32}
