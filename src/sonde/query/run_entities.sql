-- The entities that a run touched, by type, the last first. Leans on idx_run of the table.
SELECT EntityType, EntityId, toUnixTimestamp64Nano(max(RecordedAt)) AS last
FROM entity_links
WHERE RunId = {run_id:String}
GROUP BY EntityType, EntityId
ORDER BY EntityType, last DESC, EntityId
LIMIT {limit:UInt32}
