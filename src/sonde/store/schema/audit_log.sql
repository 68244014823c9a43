-- Who asked for the link of which entity, from where, and what was answered: a row each. Only the server writes it; nothing that
-- is received does. Leans on the primary key (time) and, for one entity, on idx_entity.
CREATE TABLE IF NOT EXISTS {database}.{table:audit_log} {on_cluster} (
    At DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Action LowCardinality(String) CODEC(ZSTD(1)),
    Result LowCardinality(String) CODEC(ZSTD(1)),
    KeyId LowCardinality(String) CODEC(ZSTD(1)),
    KeyName LowCardinality(String) CODEC(ZSTD(1)),
    TokenId String CODEC(ZSTD(1)),
    EntityType LowCardinality(String) CODEC(ZSTD(1)),
    EntityId String CODEC(ZSTD(3)),
    RunId String CODEC(ZSTD(3)),
    ClientAddress String CODEC(ZSTD(1)),
    ForwardedFor String CODEC(ZSTD(1)),
    Origin LowCardinality(String) CODEC(ZSTD(1)),

    Segment UInt64 CODEC(ZSTD(1)),
    Ordinal UInt32 CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1,
    INDEX idx_entity EntityId TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {engine:MergeTree}
PARTITION BY toYYYYMM(least(At, toDateTime64('2106-02-07 06:28:15', 9, 'UTC')), 'UTC')
ORDER BY (At, Segment, Ordinal)
SETTINGS {settings}
