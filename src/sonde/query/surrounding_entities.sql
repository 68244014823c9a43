-- The entities that some runs and traces touched, by type and id. Leans on idx_run and idx_trace of the table.
SELECT DISTINCT EntityType, EntityId
FROM entity_links
WHERE RunId IN {runs:Array(String)} AND RunId != '' OR TraceId IN {traces:Array(String)} AND TraceId != ''
ORDER BY EntityType, EntityId
LIMIT {limit:UInt32}
