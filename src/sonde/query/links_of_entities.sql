-- The newest runs of each entity, and the newest traces that touched it outside of runs. Leans on the primary key
-- (EntityType, EntityId, ...). What is in `alone` keeps traces without a run apart.
SELECT
    EntityType,
    EntityId,
    RunId,
    argMax(RunUrl, (RunUrl != '', RecordedAt)),
    arraySlice(
        arrayReverseSort(groupUniqArrayIf((toUnixTimestamp64Nano(RecordedAt), TraceId), TraceId != '')),
        1, {traces:UInt32}
    ),
    toUnixTimestamp64Nano(min(FirstAt)),
    toUnixTimestamp64Nano(max(RecordedAt)) AS last
FROM entity_links
WHERE (EntityType, EntityId) IN {entities:Array(Tuple(String, String))}
GROUP BY EntityType, EntityId, RunId, if(RunId = '', TraceId, '') AS alone
ORDER BY last DESC, RunId DESC, alone DESC
LIMIT {limit:UInt32} BY EntityType, EntityId, RunId = ''
