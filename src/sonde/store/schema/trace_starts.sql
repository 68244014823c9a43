-- One row a trace and block it came in: what the list of traces is found and ordered by. The key is the list's order, so
-- the newest are read from its end; Services has those of the block, found by idx_services where they are rare.
-- The months after February 2106 are one partition: a wrong clock makes 1 600 of them at the most, ever.
CREATE TABLE IF NOT EXISTS {database}.{table:trace_starts} {on_cluster} (
    Start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(3)),
    Services SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),

    INDEX idx_services Services TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {engine:AggregatingMergeTree}
PARTITION BY toYYYYMM(least(Start, toDateTime64('2106-02-07 06:28:15', 9, 'UTC')), 'UTC')
ORDER BY (Start, TraceId)
SETTINGS {settings:1024}
