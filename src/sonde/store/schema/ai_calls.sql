-- One row for each ended span of an AI call (of a model, a tool, an agent), and block it came in: what is asked of all of
-- them, by the names of today (sonde.ai_names), so that usage reads neither attributes nor other spans. Key and versions are
-- those of otel_traces, whose rows these are of: what deletes spans has to delete their rows here.
-- Kind: call, tool or step (an agent or the like). Input has cached and written tokens in it. Above: the nearest span of an AI
-- call around this one, as far as the block tells: where it lacks a span on the way, that span; empty where there is none.
-- What a query can lean on: a range of Timestamp: partitions, then the key's hours; Conversation = 'x': idx_conversation.
CREATE TABLE IF NOT EXISTS {database}.{table:ai_calls} {on_cluster} (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(3)),
    SpanId String CODEC(ZSTD(3)),
    Above String CODEC(ZSTD(1)),
    Kind LowCardinality(String) CODEC(ZSTD(1)),
    Operation LowCardinality(String) CODEC(ZSTD(1)),
    Provider LowCardinality(String) CODEC(ZSTD(1)),
    Model LowCardinality(String) CODEC(ZSTD(1)),
    Asked LowCardinality(String) CODEC(ZSTD(1)),
    Input UInt64 CODEC(T64, ZSTD(1)),
    Output UInt64 CODEC(T64, ZSTD(1)),
    Cached UInt64 CODEC(T64, ZSTD(1)),
    Written UInt64 CODEC(T64, ZSTD(1)),
    Reasoning UInt64 CODEC(T64, ZSTD(1)),
    ToldCost Float64 CODEC(ZSTD(1)),
    Duration UInt64 CODEC(T64, ZSTD(1)),
    FirstToken String CODEC(ZSTD(1)),
    Finish LowCardinality(String) CODEC(ZSTD(1)),
    Failed Bool CODEC(ZSTD(1)),
    Status LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    ErrorType LowCardinality(String) CODEC(ZSTD(1)),
    IsTold Bool CODEC(ZSTD(1)),
    Conversation String CODEC(ZSTD(1)),
    User String CODEC(ZSTD(1)),
    Tool LowCardinality(String) CODEC(ZSTD(1)),
    ResponseId String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    Component LowCardinality(String) CODEC(ZSTD(1)),
    ScopeName LowCardinality(String) CODEC(ZSTD(1)),
    RunId String CODEC(ZSTD(1)),
    SampleWeight Float64 CODEC(ZSTD(1)),
    Segment UInt64 CODEC(ZSTD(1)),
    Version UInt64 CODEC(ZSTD(1)),
    ReceivedAt DateTime64(3) CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1,
    INDEX idx_conversation Conversation TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {engine:ReplacingMergeTree(Version)}
PARTITION BY {day:Timestamp}
ORDER BY (toStartOfHour(Timestamp, 'UTC'), TraceId, SpanId)
SETTINGS {settings}
