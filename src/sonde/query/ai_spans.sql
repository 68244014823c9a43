-- Spans of AI calls. Leans on the partition (day) and the first column of the primary key (the hour), both through
-- Timestamp; what a search asks of other columns than these is asked of otel_traces (ai_matching).
SELECT
    toUnixTimestamp64Nano(Timestamp) AS at,
    Duration AS took,
    TraceId,
    SpanId,
    Above,
    cityHash64(TraceId, SpanId) AS span_key,
    SampleWeight AS weight,
    Failed AS failed,
    Kind AS kind,
    Operation AS operation,
    Provider AS provider,
    Model AS model,
    Asked AS asked,
    Input AS input,
    Cached AS cached,
    Written AS written,
    Output AS output,
    Reasoning AS reasoning,
    Input + Output > 0 AS has_tokens,
    ToldCost AS told_cost,
    Finish AS finish,
    FirstToken AS first_token_s,
    Conversation AS conversation,
    User AS user,
    Tool AS tool,
    IsTold AS is_told,
    ResponseId AS response_id,
    ErrorType AS error_type,
    ServiceName, Component, ScopeName, Status, StatusMessage, RunId
FROM ai_calls $final
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND ($condition)
