-- Entries of the audit log, newest first. Leans on the primary key (At, ...), and on idx_entity where an entity is asked for.
SELECT
    toUnixTimestamp64Nano(At) AS at,
    Segment,
    Ordinal,
    Action,
    Result,
    KeyId,
    KeyName,
    TokenId,
    EntityType,
    EntityId,
    RunId,
    ClientAddress,
    ForwardedFor,
    Origin
FROM audit_log
WHERE At >= fromUnixTimestamp64Nano({since:Int64})
    AND At < fromUnixTimestamp64Nano({until:Int64})
    AND (at, Segment, Ordinal) < ({last:Int64}, {last_segment:UInt64}, {last_ordinal:UInt32})
    AND $condition
ORDER BY At DESC, Segment DESC, Ordinal DESC
LIMIT {limit:UInt32}
