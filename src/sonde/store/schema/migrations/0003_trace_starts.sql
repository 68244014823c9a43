-- Version 3: the list of traces is read in its order from trace_starts, which replaces trace_summaries; and
-- otel_traces_trace_id_ts has small granules. A table's granularity cannot be altered, so that one is made anew.
-- The old tables are made first where a run before this one dropped them: every statement may be repeated.
CREATE TABLE IF NOT EXISTS {database}.{table:trace_starts} {on_cluster} (
    Start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    Services SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),

    INDEX idx_services Services TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {engine:AggregatingMergeTree}
PARTITION BY toYYYYMM(least(Start, toDateTime64('2106-02-07 06:28:15', 9, 'UTC')), 'UTC')
ORDER BY (Start, TraceId)
SETTINGS {settings:1024};
CREATE TABLE IF NOT EXISTS {database}.{table:trace_summaries} {on_cluster} (
    TraceId String,
    Start SimpleAggregateFunction(min, DateTime64(9)),
    Services SimpleAggregateFunction(groupUniqArrayArray, Array(String))
) ENGINE = {engine:AggregatingMergeTree}
ORDER BY TraceId;
INSERT INTO {database}.{read:trace_starts} (Start, TraceId, Services)
SELECT Start, TraceId, Services FROM {database}.{read:trace_summaries}
SETTINGS max_partitions_per_insert_block = 0, distributed_foreground_insert = 1;
DROP TABLE IF EXISTS {database}.{read:trace_summaries} {on_cluster} SYNC;
DROP TABLE IF EXISTS {database}.{table:trace_summaries} {on_cluster} SYNC;

CREATE TABLE IF NOT EXISTS {database}.{table:otel_traces_trace_id_ts} {on_cluster} (
    TraceId String CODEC(ZSTD(1)),
    Start SimpleAggregateFunction(min, DateTime) CODEC(ZSTD(1)),
    End SimpleAggregateFunction(max, DateTime) CODEC(ZSTD(1))
) ENGINE = {engine:AggregatingMergeTree}
ORDER BY TraceId
SETTINGS {settings:256};
CREATE TABLE IF NOT EXISTS {database}.{table:trace_places} {on_cluster} (
    TraceId String CODEC(ZSTD(1)),
    Start SimpleAggregateFunction(min, DateTime) CODEC(ZSTD(1)),
    End SimpleAggregateFunction(max, DateTime) CODEC(ZSTD(1))
) ENGINE = {engine:AggregatingMergeTree}
ORDER BY TraceId
SETTINGS {settings:256};
INSERT INTO {database}.{read:trace_places} (TraceId, Start, End)
SELECT TraceId, Start, End FROM {database}.{read:otel_traces_trace_id_ts}
SETTINGS distributed_foreground_insert = 1;
DROP TABLE IF EXISTS {database}.{read:otel_traces_trace_id_ts} {on_cluster} SYNC;
DROP TABLE IF EXISTS {database}.{table:otel_traces_trace_id_ts} {on_cluster} SYNC;
CREATE TABLE IF NOT EXISTS {database}.{table:otel_traces_trace_id_ts} {on_cluster} (
    TraceId String CODEC(ZSTD(1)),
    Start SimpleAggregateFunction(min, DateTime) CODEC(ZSTD(1)),
    End SimpleAggregateFunction(max, DateTime) CODEC(ZSTD(1))
) ENGINE = {engine:AggregatingMergeTree}
ORDER BY TraceId
SETTINGS {settings:256};
INSERT INTO {database}.{read:otel_traces_trace_id_ts} (TraceId, Start, End)
SELECT TraceId, Start, End FROM {database}.{read:trace_places}
SETTINGS distributed_foreground_insert = 1;
DROP TABLE IF EXISTS {database}.{read:trace_places} {on_cluster} SYNC;
DROP TABLE IF EXISTS {database}.{table:trace_places} {on_cluster} SYNC;
