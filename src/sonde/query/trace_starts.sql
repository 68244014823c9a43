-- The newest blocks of traces, or of those in which a service took part. Leans on the primary key: Start is the order, read
-- from its end; a service that is rare is found by the index of Services.
SELECT toUnixTimestamp64Nano(Start), TraceId, 0
FROM trace_starts
WHERE Start >= fromUnixTimestamp64Nano({since:Int64})
    AND Start < fromUnixTimestamp64Nano({until:Int64})
    AND Start <= fromUnixTimestamp64Nano({last:Int64})
    $service
    $others
ORDER BY Start DESC
LIMIT {limit:UInt32}
