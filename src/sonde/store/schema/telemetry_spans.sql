-- Spans as SpanRecord names them; winners only. A running span has no ended_at.
-- Conditions on started_at and trace_id lean on the keys of otel_traces.
CREATE OR REPLACE VIEW {database}.telemetry_spans {on_cluster} AS
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
FROM {database}.{read:otel_traces} FINAL
