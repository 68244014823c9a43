-- How many entities of each type some runs touched. Leans on idx_run of the table.
SELECT RunId, EntityType, uniqExact(EntityId)
FROM entity_links
WHERE RunId IN {run_ids:Array(String)}
GROUP BY RunId, EntityType
ORDER BY RunId, EntityType
