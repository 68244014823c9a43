-- The newest touches. Leans on nothing: one column is read whole (45 ms of a million links), the others where they are answered.
SELECT EntityType, EntityId
FROM entity_links
WHERE {type:String} = '' OR EntityType = {type:String}
ORDER BY RecordedAt DESC
LIMIT {limit:UInt32}
