-- Version 4: otel_traces_trace_id_ts says of each segment what it brought of a trace.
ALTER TABLE {database}.{table:otel_traces_trace_id_ts} {on_cluster}
    ADD COLUMN IF NOT EXISTS Segment UInt64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS Facts SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    ADD INDEX IF NOT EXISTS idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1,
    MODIFY ORDER BY (TraceId, Segment);
ALTER TABLE {database}.{read:otel_traces_trace_id_ts} {on_cluster}
    ADD COLUMN IF NOT EXISTS Segment UInt64,
    ADD COLUMN IF NOT EXISTS Facts SimpleAggregateFunction(max, String);
