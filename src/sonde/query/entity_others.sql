-- What else some runs, and traces outside of runs, touched; of each type those that most of them did, and how many there
-- are. Leans on idx_run and idx_trace of the table.
SELECT
    EntityType,
    EntityId,
    uniqExact(RunId, if(RunId = '', TraceId, '')) AS touchers,
    toUnixTimestamp64Nano(max(RecordedAt)) AS last,
    count() OVER (PARTITION BY EntityType)
FROM entity_links
WHERE (RunId IN {run_ids:Array(String)} OR (RunId = '' AND TraceId IN {trace_ids:Array(String)}))
    AND (EntityType, EntityId) != ({type:String}, {id:String})
GROUP BY EntityType, EntityId
ORDER BY EntityType, touchers DESC, last DESC, EntityId
LIMIT {limit:UInt32} BY EntityType
