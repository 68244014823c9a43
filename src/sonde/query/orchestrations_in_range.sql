-- Orchestrations with a span or event in a range of time, by the first of them there. Leans on idx_orchestration_any of both
-- tables: granules without any orchestration are skipped; and on the partition (day) and the first column of the primary
-- key (the hour), both through Timestamp.
SELECT OrchestrationId, toUnixTimestamp64Nano(min(Timestamp)) AS place, sipHash64(OrchestrationId) AS digest
FROM
(
    SELECT OrchestrationId, Timestamp, Component
    FROM otel_traces
    WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
        AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
        AND OrchestrationId != ''
    UNION ALL
    SELECT OrchestrationId, Timestamp, Component
    FROM otel_logs
    WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
        AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
        AND OrchestrationId != ''
        AND EventName != ''
)
GROUP BY OrchestrationId
HAVING ({component:String} = '' OR countIf(Component = {component:String}) > 0) AND (place, digest) < ({place:Int64}, {digest:UInt64})
ORDER BY place DESC, digest DESC
LIMIT {limit:UInt32}
