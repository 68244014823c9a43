-- One row a trace (and hour in which a block of it began): what the list of traces is found and ordered by.
-- Every aggregate is one that a repeated insert cannot change.
CREATE TABLE IF NOT EXISTS {database}.{table:trace_summaries} {on_cluster} (
    Hour DateTime('UTC') CODEC(ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    Start SimpleAggregateFunction(min, DateTime64(9)) CODEC(ZSTD(1)),
    End SimpleAggregateFunction(max, DateTime64(9)) CODEC(ZSTD(1)),
    RootService SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    RootOperation SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    HasRoot SimpleAggregateFunction(max, UInt8) CODEC(ZSTD(1)),
    HasError SimpleAggregateFunction(max, UInt8) CODEC(ZSTD(1)),
    Services SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1))
) ENGINE = {engine:AggregatingMergeTree}
PARTITION BY toYYYYMM(Hour, 'UTC')
ORDER BY (Hour, TraceId)
SETTINGS index_granularity = 4096, fsync_after_insert = 1, fsync_part_directory = 1
