-- Where in time a trace lies, by its id; and what each segment brought of it, so that a list of traces need not read
-- their spans. Small granules: a question is about one trace, or a few of the list. The first three columns are those
-- of the OpenTelemetry Collector's exporter; a row that has these alone says nothing of spans.
-- Facts: text, its fields separated by 0x1F: nanoseconds from Start to the first span, and from there to the last end;
-- number of spans, of those that failed, 1 if one is open; nanoseconds from the first span to the root (empty: there is
-- none); service, operation and status of the root (of the first span, if there is none); then all services. Empty
-- where it cannot be told: a span was there twice.
-- SpanSketch: a bit for each span id. The facts of a trace are sums over its rows where their sketches have no bit in
-- common: then no span is in two of them. Else the spans must be read. What deletes spans has to delete the rows of their traces here, or empty Facts.
CREATE TABLE IF NOT EXISTS {database}.{table:otel_traces_trace_id_ts} {on_cluster} (
    TraceId String CODEC(ZSTD(3)),
    Start SimpleAggregateFunction(min, DateTime) CODEC(ZSTD(1)),
    End SimpleAggregateFunction(max, DateTime) CODEC(ZSTD(1)),
    Segment UInt64 CODEC(ZSTD(1)),
    Facts SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    SpanSketch SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1)),

    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {engine:AggregatingMergeTree}
PRIMARY KEY TraceId
ORDER BY (TraceId, Segment)
SETTINGS {settings:256}
