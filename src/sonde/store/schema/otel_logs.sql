-- One row a log record; an event is a log record with an EventName. The columns down to EventName are those of
-- the OpenTelemetry Collector's ClickHouse exporter.
-- What a query can lean on: a range of Timestamp (partitions, then the key: hour, ServiceName, Timestamp);
-- TraceId = 'x' (idx_trace_id); EventName = 'x' (idx_event_name); LogAttributes['k'] = 'v', mapContains and
-- has(mapKeys|mapValues(LogAttributes), 'x') (the indexes of keys and values); RunId = 'x' and RunId != '' (idx_run and
-- idx_run_any; the same for OrchestrationId, TriggerEvent, SessionId, CorrelationId). Searches in Body scan it.
CREATE TABLE IF NOT EXISTS {database}.{table:otel_logs} {on_cluster} (
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
) ENGINE = {engine:MergeTree}
PARTITION BY {day:Timestamp}
ORDER BY (toStartOfHour(Timestamp, 'UTC'), ServiceName, Timestamp)
SETTINGS {settings}{map_settings}
