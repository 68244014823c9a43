CREATE DATABASE IF NOT EXISTS telemetry ON CLUSTER 'telemetry' ENGINE = Atomic;

CREATE TABLE IF NOT EXISTS telemetry.ai_calls_local ON CLUSTER 'telemetry' (
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
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/telemetry/ai_calls', '{replica}', Version)
PARTITION BY if(abs(dateDiff('day', Timestamp, ReceivedAt, 'UTC')) <= 400, toYYYYMMDD(Timestamp, 'UTC'), toUInt32(toYear(Timestamp, 'UTC') * 10000))
ORDER BY (toStartOfHour(Timestamp, 'UTC'), TraceId, SpanId)
SETTINGS index_granularity = 4096, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS telemetry.ai_calls ON CLUSTER 'telemetry' AS telemetry.ai_calls_local
ENGINE = Distributed('telemetry', 'telemetry', 'ai_calls_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS telemetry.audit_log_local ON CLUSTER 'telemetry' (
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
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/telemetry/audit_log', '{replica}')
PARTITION BY toYYYYMM(least(At, toDateTime64('2106-02-07 06:28:15', 9, 'UTC')), 'UTC')
ORDER BY (At, Segment, Ordinal)
SETTINGS index_granularity = 4096, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS telemetry.audit_log ON CLUSTER 'telemetry' AS telemetry.audit_log_local
ENGINE = Distributed('telemetry', 'telemetry', 'audit_log_local', Segment);

CREATE TABLE IF NOT EXISTS telemetry.entity_links_local ON CLUSTER 'telemetry' (
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
) ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/telemetry/entity_links', '{replica}')
PARTITION BY toYYYYMM(least(RecordedAt, toDateTime64('2106-02-07 06:28:15', 9, 'UTC')), 'UTC')
ORDER BY (EntityType, EntityId, RunId, TraceId, RunUrl)
SETTINGS index_granularity = 256, min_rows_for_wide_part = 1000000000000, merge_selector_base = 5, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS telemetry.entity_links ON CLUSTER 'telemetry' AS telemetry.entity_links_local
ENGINE = Distributed('telemetry', 'telemetry', 'entity_links_local', cityHash64(EntityType, EntityId));

CREATE TABLE IF NOT EXISTS telemetry.otel_logs_local ON CLUSTER 'telemetry' (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimestampTime DateTime DEFAULT toDateTime(Timestamp),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    TraceFlags UInt8,
    SeverityText LowCardinality(String) CODEC(ZSTD(1)),
    SeverityNumber UInt8,
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    Body String CODEC(ZSTD(1)),
    ResourceSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    LogAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    EventName String CODEC(ZSTD(1)),

    ObservedTimestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    DroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    ResourceDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    ScopeDroppedAttributesCount UInt32 CODEC(ZSTD(1)),

    Segment UInt64 CODEC(ZSTD(1)),
    Ordinal UInt32 CODEC(ZSTD(1)),
    ReceivedAt DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    Component LowCardinality(String) DEFAULT if(LogAttributes['sonde.component'] != '', LogAttributes['sonde.component'], if(ResourceAttributes['sonde.component'] != '', ResourceAttributes['sonde.component'], ServiceName)) CODEC(ZSTD(1)),
    SampleWeight Float64 DEFAULT 1 CODEC(ZSTD(1)),
    OrchestrationId LowCardinality(String) DEFAULT LogAttributes['sonde.orchestration.id'] CODEC(ZSTD(1)),
    RunId String DEFAULT LogAttributes['sonde.run.id'] CODEC(ZSTD(1)),
    CorrelationId String DEFAULT LogAttributes['correlation.id'] CODEC(ZSTD(1)),
    SessionId String DEFAULT LogAttributes['session.id'] CODEC(ZSTD(1)),
    TriggerEvent LowCardinality(String) DEFAULT LogAttributes['sonde.pipeline.trigger_event'] CODEC(ZSTD(1)),
    Status LowCardinality(String) DEFAULT if(LogAttributes['sonde.status'] != '', LogAttributes['sonde.status'], if(SeverityNumber >= 17, 'error', 'unset')) CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1,
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_attribute_keys mapKeys(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_attribute_values mapValues(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_resource_values mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_event_name EventName TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_run RunId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_orchestration OrchestrationId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_trigger TriggerEvent TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_session SessionId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_correlation CorrelationId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_run_any RunId TYPE set(1) GRANULARITY 1,
    INDEX idx_orchestration_any OrchestrationId TYPE set(1) GRANULARITY 1,
    INDEX idx_trigger_any TriggerEvent TYPE set(1) GRANULARITY 1,
    INDEX idx_session_any SessionId TYPE set(1) GRANULARITY 1,
    INDEX idx_correlation_any CorrelationId TYPE set(1) GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/telemetry/otel_logs', '{replica}')
PARTITION BY if(abs(dateDiff('day', Timestamp, ReceivedAt, 'UTC')) <= 400, toYYYYMMDD(Timestamp, 'UTC'), toUInt32(toYear(Timestamp, 'UTC') * 10000))
ORDER BY (toStartOfHour(Timestamp, 'UTC'), ServiceName, Timestamp)
SETTINGS index_granularity = 4096, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1, map_serialization_version = 'with_buckets', map_buckets_strategy = 'sqrt', map_buckets_coefficient = 1.5, map_buckets_min_avg_size = 4;

CREATE TABLE IF NOT EXISTS telemetry.otel_logs ON CLUSTER 'telemetry' AS telemetry.otel_logs_local
ENGINE = Distributed('telemetry', 'telemetry', 'otel_logs_local', cityHash64(if(TraceId != '', TraceId, toString(Timestamp))));

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_exp_histogram_local ON CLUSTER 'telemetry' (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Count UInt64 CODEC(ZSTD(1)),
    Sum Float64 CODEC(ZSTD(1)),
    Scale Int32 CODEC(ZSTD(1)),
    ZeroCount UInt64 CODEC(ZSTD(1)),
    PositiveOffset Int32 CODEC(ZSTD(1)),
    PositiveBucketCounts Array(UInt64) CODEC(ZSTD(1)),
    NegativeOffset Int32 CODEC(ZSTD(1)),
    NegativeBucketCounts Array(UInt64) CODEC(ZSTD(1)),
    Exemplars Nested (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ) CODEC(ZSTD(3)),
    Flags UInt32 CODEC(ZSTD(1)),
    Min Float64 CODEC(ZSTD(1)),
    Max Float64 CODEC(ZSTD(1)),
    AggregationTemporality Int32 CODEC(ZSTD(1)),

    MetricMetadata Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    ZeroThreshold Float64 CODEC(ZSTD(1)),
    HasSum Bool DEFAULT true CODEC(ZSTD(1)),
    HasMin Bool DEFAULT true CODEC(ZSTD(1)),
    HasMax Bool DEFAULT true CODEC(ZSTD(1)),

    Segment UInt64 CODEC(ZSTD(1)),
    ReceivedAt DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    Component LowCardinality(String) DEFAULT if(Attributes['sonde.component'] != '', Attributes['sonde.component'], if(ResourceAttributes['sonde.component'] != '', ResourceAttributes['sonde.component'], ServiceName)) CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/telemetry/otel_metrics_exp_histogram', '{replica}')
PARTITION BY if(abs(dateDiff('day', TimeUnix, ReceivedAt, 'UTC')) <= 400, toYYYYMMDD(TimeUnix, 'UTC'), toUInt32(toYear(TimeUnix, 'UTC') * 10000))
ORDER BY (MetricName, ServiceName, cityHash64(Attributes), TimeUnix)
SETTINGS index_granularity = 4096, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1, map_serialization_version = 'with_buckets', map_buckets_strategy = 'sqrt', map_buckets_coefficient = 1.5, map_buckets_min_avg_size = 4;

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_exp_histogram ON CLUSTER 'telemetry' AS telemetry.otel_metrics_exp_histogram_local
ENGINE = Distributed('telemetry', 'telemetry', 'otel_metrics_exp_histogram_local', cityHash64(MetricName, Attributes));

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_gauge_local ON CLUSTER 'telemetry' (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Value Float64 CODEC(ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    Exemplars Nested (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ) CODEC(ZSTD(3)),

    MetricMetadata Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    IsInt Bool CODEC(ZSTD(1)),
    IntValue Int64 CODEC(ZSTD(1)),

    Segment UInt64 CODEC(ZSTD(1)),
    ReceivedAt DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    Component LowCardinality(String) DEFAULT if(Attributes['sonde.component'] != '', Attributes['sonde.component'], if(ResourceAttributes['sonde.component'] != '', ResourceAttributes['sonde.component'], ServiceName)) CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/telemetry/otel_metrics_gauge', '{replica}')
PARTITION BY if(abs(dateDiff('day', TimeUnix, ReceivedAt, 'UTC')) <= 400, toYYYYMMDD(TimeUnix, 'UTC'), toUInt32(toYear(TimeUnix, 'UTC') * 10000))
ORDER BY (MetricName, ServiceName, cityHash64(Attributes), TimeUnix)
SETTINGS index_granularity = 4096, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1, map_serialization_version = 'with_buckets', map_buckets_strategy = 'sqrt', map_buckets_coefficient = 1.5, map_buckets_min_avg_size = 4;

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_gauge ON CLUSTER 'telemetry' AS telemetry.otel_metrics_gauge_local
ENGINE = Distributed('telemetry', 'telemetry', 'otel_metrics_gauge_local', cityHash64(MetricName, Attributes));

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_histogram_local ON CLUSTER 'telemetry' (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Count UInt64 CODEC(ZSTD(1)),
    Sum Float64 CODEC(ZSTD(1)),
    BucketCounts Array(UInt64) CODEC(ZSTD(1)),
    ExplicitBounds Array(Float64) CODEC(ZSTD(1)),
    Exemplars Nested (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ) CODEC(ZSTD(3)),
    Flags UInt32 CODEC(ZSTD(1)),
    Min Float64 CODEC(ZSTD(1)),
    Max Float64 CODEC(ZSTD(1)),
    AggregationTemporality Int32 CODEC(ZSTD(1)),

    MetricMetadata Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    HasSum Bool DEFAULT true CODEC(ZSTD(1)),
    HasMin Bool DEFAULT true CODEC(ZSTD(1)),
    HasMax Bool DEFAULT true CODEC(ZSTD(1)),

    Segment UInt64 CODEC(ZSTD(1)),
    ReceivedAt DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    Component LowCardinality(String) DEFAULT if(Attributes['sonde.component'] != '', Attributes['sonde.component'], if(ResourceAttributes['sonde.component'] != '', ResourceAttributes['sonde.component'], ServiceName)) CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/telemetry/otel_metrics_histogram', '{replica}')
PARTITION BY if(abs(dateDiff('day', TimeUnix, ReceivedAt, 'UTC')) <= 400, toYYYYMMDD(TimeUnix, 'UTC'), toUInt32(toYear(TimeUnix, 'UTC') * 10000))
ORDER BY (MetricName, ServiceName, cityHash64(Attributes), TimeUnix)
SETTINGS index_granularity = 4096, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1, map_serialization_version = 'with_buckets', map_buckets_strategy = 'sqrt', map_buckets_coefficient = 1.5, map_buckets_min_avg_size = 4;

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_histogram ON CLUSTER 'telemetry' AS telemetry.otel_metrics_histogram_local
ENGINE = Distributed('telemetry', 'telemetry', 'otel_metrics_histogram_local', cityHash64(MetricName, Attributes));

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_sum_local ON CLUSTER 'telemetry' (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Value Float64 CODEC(ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    Exemplars Nested (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ) CODEC(ZSTD(3)),
    AggregationTemporality Int32 CODEC(ZSTD(1)),
    IsMonotonic Boolean CODEC(ZSTD(1)),

    MetricMetadata Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    IsInt Bool CODEC(ZSTD(1)),
    IntValue Int64 CODEC(ZSTD(1)),

    Segment UInt64 CODEC(ZSTD(1)),
    ReceivedAt DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    Component LowCardinality(String) DEFAULT if(Attributes['sonde.component'] != '', Attributes['sonde.component'], if(ResourceAttributes['sonde.component'] != '', ResourceAttributes['sonde.component'], ServiceName)) CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/telemetry/otel_metrics_sum', '{replica}')
PARTITION BY if(abs(dateDiff('day', TimeUnix, ReceivedAt, 'UTC')) <= 400, toYYYYMMDD(TimeUnix, 'UTC'), toUInt32(toYear(TimeUnix, 'UTC') * 10000))
ORDER BY (MetricName, ServiceName, cityHash64(Attributes), TimeUnix)
SETTINGS index_granularity = 4096, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1, map_serialization_version = 'with_buckets', map_buckets_strategy = 'sqrt', map_buckets_coefficient = 1.5, map_buckets_min_avg_size = 4;

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_sum ON CLUSTER 'telemetry' AS telemetry.otel_metrics_sum_local
ENGINE = Distributed('telemetry', 'telemetry', 'otel_metrics_sum_local', cityHash64(MetricName, Attributes));

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_summary_local ON CLUSTER 'telemetry' (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Count UInt64 CODEC(ZSTD(1)),
    Sum Float64 CODEC(ZSTD(1)),
    ValueAtQuantiles Nested (
        Quantile Float64,
        Value Float64
    ) CODEC(ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),

    MetricMetadata Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ResourceDroppedAttributesCount UInt32 CODEC(ZSTD(1)),

    Segment UInt64 CODEC(ZSTD(1)),
    ReceivedAt DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    Component LowCardinality(String) DEFAULT if(Attributes['sonde.component'] != '', Attributes['sonde.component'], if(ResourceAttributes['sonde.component'] != '', ResourceAttributes['sonde.component'], ServiceName)) CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/telemetry/otel_metrics_summary', '{replica}')
PARTITION BY if(abs(dateDiff('day', TimeUnix, ReceivedAt, 'UTC')) <= 400, toYYYYMMDD(TimeUnix, 'UTC'), toUInt32(toYear(TimeUnix, 'UTC') * 10000))
ORDER BY (MetricName, ServiceName, cityHash64(Attributes), TimeUnix)
SETTINGS index_granularity = 4096, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1, map_serialization_version = 'with_buckets', map_buckets_strategy = 'sqrt', map_buckets_coefficient = 1.5, map_buckets_min_avg_size = 4;

CREATE TABLE IF NOT EXISTS telemetry.otel_metrics_summary ON CLUSTER 'telemetry' AS telemetry.otel_metrics_summary_local
ENGINE = Distributed('telemetry', 'telemetry', 'otel_metrics_summary_local', cityHash64(MetricName, Attributes));

CREATE TABLE IF NOT EXISTS telemetry.otel_traces_local ON CLUSTER 'telemetry' (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(3)),
    SpanId String CODEC(ZSTD(3)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ScopeName String CODEC(ZSTD(3)),
    ScopeVersion String CODEC(ZSTD(3)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    Duration UInt64 CODEC(T64, ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(3)),
    Links Nested (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(3)),

    ResourceSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ResourceDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ScopeDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    DroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    DroppedEventsCount UInt32 CODEC(ZSTD(1)),
    DroppedLinksCount UInt32 CODEC(ZSTD(1)),
    EventsDroppedAttributesCount Array(UInt32) CODEC(ZSTD(1)),
    LinksDroppedAttributesCount Array(UInt32) CODEC(ZSTD(1)),
    LinksFlags Array(UInt32) CODEC(ZSTD(1)),

    Segment UInt64 CODEC(ZSTD(1)),
    Version UInt64 CODEC(ZSTD(1)),
    ReceivedAt DateTime64(3) DEFAULT now64(3) CODEC(ZSTD(1)),
    Component LowCardinality(String) DEFAULT if(SpanAttributes['sonde.component'] != '', SpanAttributes['sonde.component'], if(ResourceAttributes['sonde.component'] != '', ResourceAttributes['sonde.component'], ServiceName)) CODEC(ZSTD(1)),
    SampleWeight Float64 DEFAULT 1 CODEC(ZSTD(1)),
    OrchestrationId LowCardinality(String) DEFAULT SpanAttributes['sonde.orchestration.id'] CODEC(ZSTD(1)),
    RunId String DEFAULT SpanAttributes['sonde.run.id'] CODEC(ZSTD(1)),
    CorrelationId String DEFAULT SpanAttributes['correlation.id'] CODEC(ZSTD(1)),
    SessionId String DEFAULT SpanAttributes['session.id'] CODEC(ZSTD(1)),
    TriggerEvent LowCardinality(String) DEFAULT SpanAttributes['sonde.pipeline.trigger_event'] CODEC(ZSTD(1)),
    Status LowCardinality(String) DEFAULT if(SpanAttributes['sonde.status'] != '', SpanAttributes['sonde.status'], multiIf(StatusCode = 'Error', 'error', StatusCode = 'Ok', 'success', 'unset')) CODEC(ZSTD(1)),
    IsOpen Bool DEFAULT false CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1,
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_attribute_keys mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_attribute_values mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_resource_values mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_run RunId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_orchestration OrchestrationId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_trigger TriggerEvent TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_session SessionId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_correlation CorrelationId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_run_any RunId TYPE set(1) GRANULARITY 1,
    INDEX idx_orchestration_any OrchestrationId TYPE set(1) GRANULARITY 1,
    INDEX idx_trigger_any TriggerEvent TYPE set(1) GRANULARITY 1,
    INDEX idx_session_any SessionId TYPE set(1) GRANULARITY 1,
    INDEX idx_correlation_any CorrelationId TYPE set(1) GRANULARITY 1
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/telemetry/otel_traces', '{replica}', Version)
PARTITION BY if(abs(dateDiff('day', Timestamp, ReceivedAt, 'UTC')) <= 400, toYYYYMMDD(Timestamp, 'UTC'), toUInt32(toYear(Timestamp, 'UTC') * 10000))
ORDER BY (toStartOfHour(Timestamp, 'UTC'), TraceId, SpanId)
SETTINGS index_granularity = 2048, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1, map_serialization_version = 'with_buckets', map_buckets_strategy = 'sqrt', map_buckets_coefficient = 1.5, map_buckets_min_avg_size = 4, min_compress_block_size = 16384, max_compress_block_size = 65536;

CREATE TABLE IF NOT EXISTS telemetry.otel_traces ON CLUSTER 'telemetry' AS telemetry.otel_traces_local
ENGINE = Distributed('telemetry', 'telemetry', 'otel_traces_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS telemetry.otel_traces_trace_id_ts_local ON CLUSTER 'telemetry' (
    TraceId String CODEC(ZSTD(3)),
    Start SimpleAggregateFunction(min, DateTime) CODEC(ZSTD(1)),
    End SimpleAggregateFunction(max, DateTime) CODEC(ZSTD(1)),
    Segment UInt64 CODEC(ZSTD(1)),
    Facts SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    SpanSketch SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1)),

    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/telemetry/otel_traces_trace_id_ts', '{replica}')
PRIMARY KEY TraceId
ORDER BY (TraceId, Segment)
SETTINGS index_granularity = 256, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS telemetry.otel_traces_trace_id_ts ON CLUSTER 'telemetry' AS telemetry.otel_traces_trace_id_ts_local
ENGINE = Distributed('telemetry', 'telemetry', 'otel_traces_trace_id_ts_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS telemetry.sonde_schema_local ON CLUSTER 'telemetry' (
    Version UInt32,
    Name String,
    Application String,
    AppliedAt DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/telemetry/sonde_schema', '{replica}')
ORDER BY Version
SETTINGS index_granularity = 4096, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS telemetry.sonde_schema ON CLUSTER 'telemetry' AS telemetry.sonde_schema_local
ENGINE = Distributed('telemetry', 'telemetry', 'sonde_schema_local', Version);

CREATE TABLE IF NOT EXISTS telemetry.trace_starts_local ON CLUSTER 'telemetry' (
    Start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(3)),
    Services SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),

    INDEX idx_services Services TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/telemetry/trace_starts', '{replica}')
PARTITION BY toYYYYMM(least(Start, toDateTime64('2106-02-07 06:28:15', 9, 'UTC')), 'UTC')
ORDER BY (Start, TraceId)
SETTINGS index_granularity = 1024, min_rows_for_wide_part = 300000, merge_selector_base = 20, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS telemetry.trace_starts ON CLUSTER 'telemetry' AS telemetry.trace_starts_local
ENGINE = Distributed('telemetry', 'telemetry', 'trace_starts_local', cityHash64(TraceId));

CREATE OR REPLACE VIEW telemetry.otel_traces_current ON CLUSTER 'telemetry' AS
SELECT * FROM telemetry.otel_traces FINAL;

CREATE OR REPLACE VIEW telemetry.pipeline_spans ON CLUSTER 'telemetry' AS
SELECT
    SpanId AS id,
    TraceId AS trace_id,
    ParentSpanId AS parent_span_id,
    SpanName AS name,
    upper(SpanKind) AS kind,
    SpanAttributes['sonde.pipeline.script_id'] AS script_id,
    toInt64OrZero(SpanAttributes['sonde.pipeline.layer_index']) AS layer_index,
    toInt64OrZero(SpanAttributes['sonde.pipeline.parallel_index']) AS parallel_index,
    if(IsOpen, 'running', Status) AS status,
    multiIf(
        SpanAttributes['sonde.status_message'] != '', SpanAttributes['sonde.status_message'],
        StatusMessage != '', StatusMessage,
        SpanAttributes['sonde.reason']
    ) AS status_message,
    toUnixTimestamp64Milli(Timestamp) AS started_at,
    if(IsOpen, NULL, toUnixTimestamp64Milli(addNanoseconds(Timestamp, Duration))) AS ended_at,
    if(IsOpen, NULL, Duration / 1e6) AS duration_ms,
    SpanAttributes AS attributes
FROM telemetry.otel_traces FINAL
PREWHERE TriggerEvent != ''
WHERE SpanAttributes['sonde.pipeline.layer_index'] != '';

CREATE OR REPLACE VIEW telemetry.pipeline_traces ON CLUSTER 'telemetry' AS
SELECT
    TraceId AS id,
    TriggerEvent AS trigger_event,
    if(IsOpen, 'running', Status) AS status,
    multiIf(
        SpanAttributes['sonde.status_message'] != '', SpanAttributes['sonde.status_message'],
        StatusMessage != '', StatusMessage,
        SpanAttributes['sonde.reason']
    ) AS status_message,
    toUnixTimestamp64Milli(Timestamp) AS started_at,
    if(IsOpen, NULL, toUnixTimestamp64Milli(addNanoseconds(Timestamp, Duration))) AS ended_at,
    if(IsOpen, NULL, Duration / 1e6) AS duration_ms,
    SpanAttributes['user.id'] AS user_id,
    SpanAttributes['client.address'] AS request_ip,
    SpanAttributes['sonde.pipeline.context'] AS context_snapshot,
    SpanAttributes['sonde.pipeline.result'] AS result_data,
    toUnixTimestamp64Milli(ReceivedAt) AS created_at
FROM telemetry.otel_traces FINAL
PREWHERE TriggerEvent != '' AND SpanName = concat('pipeline.', TriggerEvent);

CREATE OR REPLACE VIEW telemetry.telemetry_events ON CLUSTER 'telemetry' AS
SELECT
    TraceId AS trace_id,
    SpanId AS span_id,
    OrchestrationId AS orchestration_id,
    Component AS component,
    Timestamp AS recorded_at,
    EventName AS event_type,
    SeverityText AS severity,
    Body AS message,
    Status AS status,
    LogAttributes AS attrs,
    SeverityNumber AS severity_number,
    ServiceName AS service,
    RunId AS run_id,
    CorrelationId AS correlation_id,
    SessionId AS session_id,
    TriggerEvent AS trigger_event,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM telemetry.otel_logs
WHERE EventName != '';

CREATE OR REPLACE VIEW telemetry.telemetry_metrics ON CLUSTER 'telemetry' AS
SELECT
    MetricName AS metric,
    'gauge' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(Value, 'Nullable(Float64)') AS value,
    CAST(NULL, 'Nullable(UInt64)') AS count,
    CAST(NULL, 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM telemetry.otel_metrics_gauge
UNION ALL
SELECT
    MetricName AS metric,
    'sum' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(Value, 'Nullable(Float64)') AS value,
    CAST(NULL, 'Nullable(UInt64)') AS count,
    CAST(NULL, 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM telemetry.otel_metrics_sum
UNION ALL
SELECT
    MetricName AS metric,
    'histogram' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(NULL, 'Nullable(Float64)') AS value,
    CAST(Count, 'Nullable(UInt64)') AS count,
    CAST(if(HasSum, Sum, NULL), 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM telemetry.otel_metrics_histogram
UNION ALL
SELECT
    MetricName AS metric,
    'exponential_histogram' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(NULL, 'Nullable(Float64)') AS value,
    CAST(Count, 'Nullable(UInt64)') AS count,
    CAST(if(HasSum, Sum, NULL), 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM telemetry.otel_metrics_exp_histogram
UNION ALL
SELECT
    MetricName AS metric,
    'summary' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(NULL, 'Nullable(Float64)') AS value,
    CAST(Count, 'Nullable(UInt64)') AS count,
    CAST(Sum, 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM telemetry.otel_metrics_summary;

CREATE OR REPLACE VIEW telemetry.telemetry_spans ON CLUSTER 'telemetry' AS
SELECT
    TraceId AS trace_id,
    SpanId AS span_id,
    ParentSpanId AS parent_span_id,
    OrchestrationId AS orchestration_id,
    Component AS component,
    SpanName AS operation,
    Timestamp AS started_at,
    if(IsOpen, NULL, addNanoseconds(Timestamp, Duration)) AS ended_at,
    if(IsOpen, NULL, Duration / 1e6) AS duration_ms,
    Status AS status,
    SpanAttributes['error.type'] AS error_code,
    if(SpanAttributes['sonde.error.detail'] != '', SpanAttributes['sonde.error.detail'], StatusMessage) AS error_detail,
    SpanAttributes AS attrs,
    ServiceName AS service,
    lower(SpanKind) AS kind,
    RunId AS run_id,
    CorrelationId AS correlation_id,
    SessionId AS session_id,
    TriggerEvent AS trigger_event,
    SampleWeight AS sample_weight,
    IsOpen AS is_open,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM telemetry.otel_traces FINAL;
