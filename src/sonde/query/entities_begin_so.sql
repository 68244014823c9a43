-- Entities whose id begins so, by type and id, each once. Leans on the primary key (EntityType, EntityId, ...): within a
-- type the ids are a range of it, and it is read in its order only as far as the limit.
SELECT EntityType, EntityId
FROM entity_links
WHERE startsWith(EntityId, {begin:String})
    AND EntityId != {not:String}
    AND ({type:String} = '' OR EntityType = {type:String})
    AND (EntityType, EntityId) > ({after_type:String}, {after_id:String})
ORDER BY EntityType, EntityId
LIMIT 1 BY EntityType, EntityId
LIMIT {limit:UInt32}
