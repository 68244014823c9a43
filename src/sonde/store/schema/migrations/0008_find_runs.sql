-- Version 8: runs, orchestrations, triggers, sessions and correlations are found by index, and what has none is skipped.
ALTER TABLE {database}.{table:otel_logs} {on_cluster}
    ADD INDEX IF NOT EXISTS idx_run RunId TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_orchestration OrchestrationId TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_trigger TriggerEvent TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_session SessionId TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_correlation CorrelationId TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_run_any RunId TYPE set(1) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_orchestration_any OrchestrationId TYPE set(1) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_trigger_any TriggerEvent TYPE set(1) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_session_any SessionId TYPE set(1) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_correlation_any CorrelationId TYPE set(1) GRANULARITY 1;
ALTER TABLE {database}.{table:otel_traces} {on_cluster}
    ADD INDEX IF NOT EXISTS idx_run RunId TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_orchestration OrchestrationId TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_trigger TriggerEvent TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_session SessionId TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_correlation CorrelationId TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_run_any RunId TYPE set(1) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_orchestration_any OrchestrationId TYPE set(1) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_trigger_any TriggerEvent TYPE set(1) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_session_any SessionId TYPE set(1) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_correlation_any CorrelationId TYPE set(1) GRANULARITY 1;
