-- Of what an id is the id. Leans on idx_run, idx_orchestration, idx_session and idx_correlation, on the index of attribute
-- values, and on the primary key of otel_traces_trace_id_ts. A run may be known by its links or logs alone.
SELECT kind
FROM
(
    SELECT 1 AS rank, 'run' AS kind FROM (
        SELECT 1 FROM (
            SELECT 1 FROM otel_traces WHERE RunId = {id:String}
            UNION ALL SELECT 1 FROM entity_links WHERE RunId = {id:String}
            UNION ALL SELECT 1 FROM otel_logs WHERE RunId = {id:String}
        )
        LIMIT 1
    )
    UNION ALL
    SELECT 2, 'trace' FROM (SELECT 1 FROM otel_traces_trace_id_ts WHERE TraceId = {trace_id:String} AND {trace_id:String} != '' LIMIT 1)
    UNION ALL
    SELECT 3, 'orchestration' FROM (SELECT 1 FROM otel_traces WHERE OrchestrationId = {id:String} LIMIT 1)
    UNION ALL
    SELECT 5, 'session' FROM (SELECT 1 FROM otel_traces WHERE SessionId = {id:String} LIMIT 1)
    UNION ALL
    SELECT 4, 'conversation' FROM (SELECT 1 FROM otel_traces WHERE SpanAttributes['gen_ai.conversation.id'] = {id:String} LIMIT 1)
    UNION ALL
    SELECT 6, 'correlation' FROM (SELECT 1 FROM otel_traces WHERE CorrelationId = {id:String} LIMIT 1)
)
ORDER BY rank
