-- Version 7: the runs that touched an entity.
CREATE TABLE IF NOT EXISTS {database}.{table:entity_links} {on_cluster} (
    EntityType LowCardinality(String) CODEC(ZSTD(1)),
    EntityId String CODEC(ZSTD(3)),
    RunId String CODEC(ZSTD(3)),
    TraceId String CODEC(ZSTD(3)),
    RunUrl String CODEC(ZSTD(3)),
    FirstAt SimpleAggregateFunction(min, DateTime64(9)) CODEC(ZSTD(1)),
    RecordedAt SimpleAggregateFunction(max, DateTime64(9)) CODEC(ZSTD(1)),

    INDEX idx_entity EntityId TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX idx_run RunId TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX idx_trace TraceId TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = {engine:AggregatingMergeTree}
PARTITION BY toYYYYMM(least(RecordedAt, toDateTime64('2106-02-07 06:28:15', 9, 'UTC')), 'UTC')
ORDER BY (EntityType, EntityId, RunId, TraceId, RunUrl)
SETTINGS {settings:256};
