-- Entities with this id, of any type. Leans on the primary key as entities_begin_so does, and on idx_entity.
SELECT DISTINCT EntityType, EntityId
FROM entity_links
WHERE EntityId = {begin:String}
    AND ({type:String} = '' OR EntityType = {type:String})
    AND EntityType > {after_type:String}
ORDER BY EntityType
LIMIT {limit:UInt32}
