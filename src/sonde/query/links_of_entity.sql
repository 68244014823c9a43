-- Every touch of one entity. Leans on the primary key (EntityType, EntityId, ...): one granule a part.
SELECT RunId, TraceId, RunUrl, toUnixTimestamp64Nano(FirstAt), toUnixTimestamp64Nano(RecordedAt)
FROM entity_links
WHERE EntityType = {type:String} AND EntityId = {id:String}
LIMIT {limit:UInt32}
