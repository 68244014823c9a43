-- Where in time a trace lies, by its id. Small granules: a question is about one trace, or a few of the list.
CREATE TABLE IF NOT EXISTS {database}.{table:otel_traces_trace_id_ts} {on_cluster} (
    TraceId String CODEC(ZSTD(1)),
    Start SimpleAggregateFunction(min, DateTime) CODEC(ZSTD(1)),
    End SimpleAggregateFunction(max, DateTime) CODEC(ZSTD(1))
) ENGINE = {engine:AggregatingMergeTree}
ORDER BY TraceId
SETTINGS {settings:256}
