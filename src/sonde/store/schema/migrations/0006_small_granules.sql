-- Version 6: granules of 2048 spans, ids and scopes compressed harder. A table's granularity cannot be altered: a new one takes
-- the place of the old at once, so that whoever writes meanwhile writes to it, and is then given the old one's parts.
-- These are not rewritten. Begun anew after its last step but one, this leaves the old granularity; nothing is lost.
ALTER TABLE {database}.{table:otel_traces} {on_cluster}
    MODIFY COLUMN TraceId CODEC(ZSTD(3)),
    MODIFY COLUMN SpanId CODEC(ZSTD(3)),
    MODIFY COLUMN ScopeName CODEC(ZSTD(3)),
    MODIFY COLUMN ScopeVersion CODEC(ZSTD(3)),
    MODIFY COLUMN ReceivedAt CODEC(ZSTD(1));
ALTER TABLE {database}.{table:otel_traces_trace_id_ts} {on_cluster} MODIFY COLUMN TraceId CODEC(ZSTD(3));
ALTER TABLE {database}.{table:trace_starts} {on_cluster} MODIFY COLUMN TraceId CODEC(ZSTD(3));
CREATE TABLE IF NOT EXISTS {database}.{table:otel_traces_small} {on_cluster} AS {database}.{table:otel_traces}
ENGINE = {engine:ReplacingMergeTree(Version)}
PARTITION BY {day:Timestamp}
ORDER BY (toStartOfHour(Timestamp, 'UTC'), TraceId, SpanId)
SETTINGS {settings:2048}{map_settings}, min_compress_block_size = 16384, max_compress_block_size = 65536;
EXCHANGE TABLES {database}.{table:otel_traces} AND {database}.{table:otel_traces_small} {on_cluster};
ALTER TABLE {database}.{table:otel_traces} {on_cluster} ATTACH PARTITION ALL FROM {database}.{table:otel_traces_small};
DROP TABLE IF EXISTS {database}.{read:otel_traces_small} {on_cluster} SYNC;
DROP TABLE IF EXISTS {database}.{table:otel_traces_small} {on_cluster} SYNC;
