-- Every version of every span of a trace. Leans on the primary key (the hour, through Timestamp, then TraceId), and on
-- the bloom filter of TraceId where the time is not known.
SELECT $columns, Version
FROM otel_traces
WHERE TraceId = {trace_id:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
LIMIT {limit:UInt32}
