-- Where in time a trace lies, by its id.
CREATE TABLE IF NOT EXISTS {database}.{table:otel_traces_trace_id_ts} {on_cluster} (
    TraceId String CODEC(ZSTD(1)),
    Start SimpleAggregateFunction(min, DateTime) CODEC(ZSTD(1)),
    End SimpleAggregateFunction(max, DateTime) CODEC(ZSTD(1))
) ENGINE = {engine:AggregatingMergeTree}
ORDER BY TraceId
SETTINGS index_granularity = 4096, fsync_after_insert = 1, fsync_part_directory = 1
