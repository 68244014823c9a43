-- One row a data point of a gauge. The columns before Segment, but for those that end in Metadata or tell
-- integers and absent values apart, are those of the OpenTelemetry Collector's ClickHouse exporter.
CREATE TABLE IF NOT EXISTS {database}.{table:otel_metrics_gauge} {on_cluster} (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
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
    ) CODEC(ZSTD(1)),

    MetricMetadata Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ResourceDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
    IsInt Bool CODEC(ZSTD(1)),
    IntValue Int64 CODEC(ZSTD(1)),

    Segment UInt64 CODEC(ZSTD(1)),
    ReceivedAt DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    Component LowCardinality(String) DEFAULT if(Attributes['sonde.component'] != '', Attributes['sonde.component'], if(ResourceAttributes['sonde.component'] != '', ResourceAttributes['sonde.component'], ServiceName)) CODEC(ZSTD(1)),

    INDEX idx_segment Segment TYPE minmax GRANULARITY 1
) ENGINE = {engine:MergeTree}
PARTITION BY {day:TimeUnix}
ORDER BY (MetricName, ServiceName, cityHash64(Attributes), TimeUnix)
SETTINGS index_granularity = 4096, fsync_after_insert = 1, fsync_part_directory = 1
