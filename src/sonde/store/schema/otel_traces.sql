-- One row a span. The columns down to Links are those of the OpenTelemetry Collector's ClickHouse exporter.
-- What a query can lean on (CPU on 1 M spans of one hour):
--   a range of Timestamp: partitions, then the key's hours;
--   TraceId = 'x': idx_trace_id alone 10 ms, and with a range of Timestamp from otel_traces_trace_id_ts the key;
--   SpanAttributes['k'] = 'v': idx_attribute_values by itself, 11 ms for a rare value against 200 without;
--   SpanAttributes['k'] = 'v' OR ResourceAttributes['k'] = 'v': that one and idx_resource_values together, 10 ms
--   (a search names no place; without an index for each side of the OR neither is used, 50 ms on 0.5 M spans);
--   has(mapValues(SpanAttributes), 'v') and mapContains(SpanAttributes, 'k') or has(mapKeys(SpanAttributes), 'k'):
--   the indexes of values and of keys; a common value or key is found by scanning its bucket (60 ms);
--   RunId = 'x' (and OrchestrationId, TriggerEvent, SessionId, CorrelationId): idx_run, a granule or two; RunId != '':
--   idx_run_any, which knows the granules without any (20 of 490 read where a run is in 1 trace of 5000);
--   any other filter on a map scans it: bound Timestamp. LIKE, match and != lean on nothing.
-- Compressed blocks are small (65536 to 1048576 is usual): one granule of each column of a trace takes a sixth less CPU,
-- for half a byte a span. So are granules: a rare attribute is found in two thirds of the time of 4096 rows a granule.
-- ZSTD(3) where it pays: ids take a quarter of a byte less each, the scope half a byte.
CREATE TABLE IF NOT EXISTS {database}.{table:otel_traces} {on_cluster} (
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
) ENGINE = {engine:ReplacingMergeTree(Version)}
PARTITION BY {day:Timestamp}
ORDER BY (toStartOfHour(Timestamp, 'UTC'), TraceId, SpanId)
SETTINGS {settings:2048}{map_settings}, min_compress_block_size = 16384, max_compress_block_size = 65536
