-- Events as EventRecord names them: log records with an event name.
-- Conditions on recorded_at lean on the key of otel_logs, those on event_type on idx_event_name.
CREATE OR REPLACE VIEW {database}.telemetry_events {on_cluster} AS
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
FROM {database}.{read:otel_logs}
WHERE EventName != ''
