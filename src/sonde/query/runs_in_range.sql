-- Runs with a span in a range of time, by the first of them there. Leans on idx_run_any: granules without any run are
-- skipped; and on the partition (day) and the first column of the primary key (the hour), both through Timestamp.
SELECT RunId, toUnixTimestamp64Nano(min(Timestamp)) AS place, sipHash64(RunId) AS digest
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND RunId != ''
GROUP BY RunId
HAVING countIf($condition) > 0 AND $possible AND (place, digest) < ({place:Int64}, {digest:UInt64})
ORDER BY place DESC, digest DESC
LIMIT {limit:UInt32}
