-- When some entities were touched, and by how much. Leans on the primary key (EntityType, EntityId, ...).
SELECT
    EntityType,
    EntityId,
    toUnixTimestamp64Nano(min(FirstAt)),
    toUnixTimestamp64Nano(max(RecordedAt)),
    uniqIf(RunId, RunId != ''),
    uniqIf(TraceId, TraceId != ''),
    argMaxIf(RunId, (RecordedAt, RunId), RunId != '')
FROM entity_links
WHERE (EntityType, EntityId) IN {entities:Array(Tuple(String, String))}
GROUP BY EntityType, EntityId
