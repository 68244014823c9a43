-- One row for each run (or, outside of runs, trace) that touched an entity, and block it came in: the newest row of an entity is
-- its link, all of them its history. The key begins with the entity, so one is found among millions by reading a granule; what
-- came twice merges into itself, for times merge by minimum and maximum, whatever the order of arrival. Runs, traces and ids
-- without their type are found by skip indexes. A link is looked up in every part and wants all columns of a granule, so parts are
-- merged sooner than those of other tables, and are one file each. The months after February 2106 are one partition.
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
SETTINGS {settings:256,5,compact}
