-- One row a data point of an exponential histogram. The columns before Segment, but for those that end in Metadata or tell
-- integers and absent values apart, are those of the OpenTelemetry Collector's ClickHouse exporter.
CREATE TABLE IF NOT EXISTS {database}.{table:otel_metrics_exp_histogram} {on_cluster} (
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
) ENGINE = {engine:MergeTree}
PARTITION BY {day:TimeUnix}
ORDER BY (MetricName, ServiceName, cityHash64(Attributes), TimeUnix)
SETTINGS {settings}{map_settings}
