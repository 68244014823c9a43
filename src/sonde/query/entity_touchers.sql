-- Runs, and traces outside of runs, that touched an entity within a range of time, by when they did last. Leans on the
-- primary key (EntityType, EntityId, ...). `alone` keeps traces without a run apart.
SELECT
    toUnixTimestamp64Nano(max(RecordedAt)) AS place,
    sipHash64(RunId, alone) AS digest,
    RunId,
    toUnixTimestamp64Nano(min(FirstAt)) AS first,
    argMax(RunUrl, (RunUrl != '', RecordedAt)),
    arraySlice(
        arrayReverseSort(groupUniqArrayIf((toUnixTimestamp64Nano(RecordedAt), TraceId), TraceId != '')),
        1, {traces:UInt32}
    ),
    uniqExactIf(TraceId, TraceId != '')
FROM entity_links
WHERE EntityType = {type:String} AND EntityId = {id:String}
GROUP BY RunId, if(RunId = '', TraceId, '') AS alone
HAVING place >= {since:Int64} AND first < {until:Int64} AND (place, digest) < ({place:Int64}, {digest:UInt64})
ORDER BY place DESC, digest DESC
LIMIT {limit:UInt32}
