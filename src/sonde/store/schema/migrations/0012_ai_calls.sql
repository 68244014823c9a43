-- Version 12: what is asked of all AI calls has a table of its own, filled from the spans there are by the names of then.
-- Which of them lie in which is told by parents alone; questions look up what lies between.
CREATE TABLE IF NOT EXISTS {database}.{table:ai_calls} {on_cluster} (
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
) ENGINE = {engine:ReplacingMergeTree(Version)}
PARTITION BY {day:Timestamp}
ORDER BY (toStartOfHour(Timestamp, 'UTC'), TraceId, SpanId)
SETTINGS {settings};
-- Of an attempt before this one.
TRUNCATE TABLE {database}.{table:ai_calls} {on_cluster};
INSERT INTO {database}.{read:ai_calls} (
    Timestamp, TraceId, SpanId, Above, Kind, Operation, Provider, Model, Asked, Input, Output, Cached, Written, Reasoning, ToldCost, Duration, FirstToken, Finish, Failed, Status, StatusMessage, ErrorType, IsTold, Conversation, User, Tool, ResponseId, ServiceName, Component, ScopeName, RunId, SampleWeight, Segment, Version, ReceivedAt
)
SELECT
    Timestamp, TraceId, SpanId, ParentSpanId, kind, operation, provider, model, asked, input, output, cached, written, reasoning, told_cost, Duration, firstTokenS, substringUTF8(finish, 1, 200), Status = 'error' OR StatusCode = 'Error', Status, substringUTF8(StatusMessage, 1, 1000), substringUTF8(SpanAttributes['error.type'], 1, 200), is_told, conversation, user, substringUTF8(tool, 1, 200), responseId, ServiceName, Component, ScopeName, RunId, SampleWeight, Segment, Version, ReceivedAt
FROM
(
    SELECT
        *,
        transform(lower(multiIf(SpanAttributes['gen_ai.operation.name'] != '', SpanAttributes['gen_ai.operation.name'], SpanAttributes['llm.request.type'] != '', SpanAttributes['llm.request.type'], SpanAttributes['openinference.span.kind'] != '', SpanAttributes['openinference.span.kind'], SpanAttributes['traceloop.span.kind'])), ['llm', 'completion', 'embedding', 'reranker', 'tool', 'agent', 'workflow'], ['chat', 'text_completion', 'embeddings', 'rerank', 'execute_tool', 'invoke_agent', 'invoke_workflow'], lower(multiIf(SpanAttributes['gen_ai.operation.name'] != '', SpanAttributes['gen_ai.operation.name'], SpanAttributes['llm.request.type'] != '', SpanAttributes['llm.request.type'], SpanAttributes['openinference.span.kind'] != '', SpanAttributes['openinference.span.kind'], SpanAttributes['traceloop.span.kind']))) AS operation,
        transform(lower(multiIf(SpanAttributes['gen_ai.provider.name'] != '', SpanAttributes['gen_ai.provider.name'], SpanAttributes['gen_ai.system'] != '', SpanAttributes['gen_ai.system'], SpanAttributes['llm.provider'] != '', SpanAttributes['llm.provider'], SpanAttributes['llm.system'])), ['gemini', 'google', 'vertex_ai', 'vertexai', 'az.ai.openai', 'az.ai.inference', 'azure', 'bedrock', 'aws', 'xai', 'mistralai'], ['gcp.gemini', 'gcp.gemini', 'gcp.vertex_ai', 'gcp.vertex_ai', 'azure.ai.openai', 'azure.ai.inference', 'azure.ai.openai', 'aws.bedrock', 'aws.bedrock', 'x_ai', 'mistral_ai'], lower(multiIf(SpanAttributes['gen_ai.provider.name'] != '', SpanAttributes['gen_ai.provider.name'], SpanAttributes['gen_ai.system'] != '', SpanAttributes['gen_ai.system'], SpanAttributes['llm.provider'] != '', SpanAttributes['llm.provider'], SpanAttributes['llm.system']))) AS provider,
        multiIf(SpanAttributes['gen_ai.response.model'] != '', SpanAttributes['gen_ai.response.model'], SpanAttributes['llm.response.model'] != '', SpanAttributes['llm.response.model'], SpanAttributes['llm.response.model_name'] != '', SpanAttributes['llm.response.model_name'], SpanAttributes['llm.model_name'] != '', SpanAttributes['llm.model_name'], SpanAttributes['embedding.model_name'] != '', SpanAttributes['embedding.model_name'], SpanAttributes['gen_ai.request.model'] != '', SpanAttributes['gen_ai.request.model'], SpanAttributes['llm.request.model'] != '', SpanAttributes['llm.request.model'], SpanAttributes['llm.request.model_name']) AS model,
        multiIf(SpanAttributes['gen_ai.request.model'] != '', SpanAttributes['gen_ai.request.model'], SpanAttributes['llm.request.model'] != '', SpanAttributes['llm.request.model'], SpanAttributes['llm.request.model_name']) AS asked,
        toUInt64OrZero(multiIf(SpanAttributes['gen_ai.usage.input_tokens'] != '', SpanAttributes['gen_ai.usage.input_tokens'], SpanAttributes['gen_ai.usage.prompt_tokens'] != '', SpanAttributes['gen_ai.usage.prompt_tokens'], SpanAttributes['llm.usage.prompt_tokens'] != '', SpanAttributes['llm.usage.prompt_tokens'], SpanAttributes['llm.token_count.prompt'])) AS told_input,
        toUInt64OrZero(multiIf(SpanAttributes['gen_ai.usage.output_tokens'] != '', SpanAttributes['gen_ai.usage.output_tokens'], SpanAttributes['gen_ai.usage.completion_tokens'] != '', SpanAttributes['gen_ai.usage.completion_tokens'], SpanAttributes['llm.usage.completion_tokens'] != '', SpanAttributes['llm.usage.completion_tokens'], SpanAttributes['llm.token_count.completion'])) AS told_output,
        toUInt64OrZero(multiIf(SpanAttributes['gen_ai.usage.cache_read.input_tokens'] != '', SpanAttributes['gen_ai.usage.cache_read.input_tokens'], SpanAttributes['gen_ai.usage.cache_read_input_tokens'] != '', SpanAttributes['gen_ai.usage.cache_read_input_tokens'], SpanAttributes['gen_ai.usage.input_tokens.cached'] != '', SpanAttributes['gen_ai.usage.input_tokens.cached'], SpanAttributes['llm.usage.cache_read_input_tokens'] != '', SpanAttributes['llm.usage.cache_read_input_tokens'], SpanAttributes['llm.token_count.prompt_details.cache_read'])) AS told_cached,
        toUInt64OrZero(multiIf(SpanAttributes['gen_ai.usage.cache_write.input_tokens'] != '', SpanAttributes['gen_ai.usage.cache_write.input_tokens'], SpanAttributes['gen_ai.usage.cache_creation.input_tokens'] != '', SpanAttributes['gen_ai.usage.cache_creation.input_tokens'], SpanAttributes['gen_ai.usage.cache_creation_input_tokens'] != '', SpanAttributes['gen_ai.usage.cache_creation_input_tokens'], SpanAttributes['llm.usage.cache_creation_input_tokens'] != '', SpanAttributes['llm.usage.cache_creation_input_tokens'], SpanAttributes['llm.token_count.prompt_details.cache_write'])) AS told_written,
        toUInt64OrZero(multiIf(SpanAttributes['gen_ai.usage.reasoning.output_tokens'] != '', SpanAttributes['gen_ai.usage.reasoning.output_tokens'], SpanAttributes['gen_ai.usage.reasoning_tokens'] != '', SpanAttributes['gen_ai.usage.reasoning_tokens'], SpanAttributes['llm.usage.reasoning_tokens'] != '', SpanAttributes['llm.usage.reasoning_tokens'], SpanAttributes['llm.token_count.completion_details.reasoning'])) AS told_reasoning,
        toUInt64OrZero(multiIf(SpanAttributes['gen_ai.usage.total_tokens'] != '', SpanAttributes['gen_ai.usage.total_tokens'], SpanAttributes['llm.usage.total_tokens'] != '', SpanAttributes['llm.usage.total_tokens'], SpanAttributes['llm.token_count.total'])) AS told_total,
        told_cached + told_written > 0 AND (told_cached + told_written > told_input OR told_total > 0 AND told_total = told_input + told_cached + told_written + told_output) AS is_apart,
        if(is_apart, told_input + told_cached + told_written, told_input) AS input,
        told_output AS output,
        least(told_cached, input) AS cached,
        least(told_written, input - cached) AS written,
        least(told_reasoning, told_output) AS reasoning,
        input + output > 0 AS has_tokens,
        toFloat64OrZero(multiIf(SpanAttributes['gen_ai.usage.cost'] != '', SpanAttributes['gen_ai.usage.cost'], SpanAttributes['gen_ai.usage.total_cost'] != '', SpanAttributes['gen_ai.usage.total_cost'], SpanAttributes['llm.cost.total'])) AS told_cost,
        multiIf(operation IN ('chat', 'generate_content', 'text_completion', 'embeddings', 'rerank') OR operation = '' AND has_tokens, 'call', operation = 'execute_tool', 'tool', 'step') AS kind,
        hasAny(mapKeys(SpanAttributes), ['gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.prompt.0.role', 'input.value']) AS is_told,
        multiIf(SpanAttributes['gen_ai.response.finish_reasons'] != '', SpanAttributes['gen_ai.response.finish_reasons'], SpanAttributes['gen_ai.completion.0.finish_reason'] != '', SpanAttributes['gen_ai.completion.0.finish_reason'], SpanAttributes['llm.response.finish_reason'] != '', SpanAttributes['llm.response.finish_reason'], SpanAttributes['llm.finish_reason'] != '', SpanAttributes['llm.finish_reason'], SpanAttributes['anthropic.message.stop_reason']) AS finish,
        multiIf(SpanAttributes['gen_ai.response.time_to_first_chunk'] != '', SpanAttributes['gen_ai.response.time_to_first_chunk'], SpanAttributes['gen_ai.server.time_to_first_token'] != '', SpanAttributes['gen_ai.server.time_to_first_token'], SpanAttributes['gen_ai.response.time_to_first_token']) AS firstTokenS,
        multiIf(SpanAttributes['gen_ai.conversation.id'] != '', SpanAttributes['gen_ai.conversation.id'], SpanAttributes['session.id'] != '', SpanAttributes['session.id'], SpanAttributes['traceloop.association.properties.session_id'] != '', SpanAttributes['traceloop.association.properties.session_id'], SpanAttributes['traceloop.association.properties.thread_id']) AS conversation,
        multiIf(SpanAttributes['user.id'] != '', SpanAttributes['user.id'], SpanAttributes['enduser.id'] != '', SpanAttributes['enduser.id'], SpanAttributes['traceloop.association.properties.user_id']) AS user,
        multiIf(SpanAttributes['gen_ai.tool.name'] != '', SpanAttributes['gen_ai.tool.name'], SpanAttributes['tool.name'] != '', SpanAttributes['tool.name'], SpanAttributes['traceloop.entity.name']) AS tool,
        multiIf(SpanAttributes['gen_ai.response.id'] != '', SpanAttributes['gen_ai.response.id'], SpanAttributes['llm.response.id']) AS responseId
    FROM {database}.{read:otel_traces}
    WHERE NOT IsOpen
        AND hasAny(mapKeys(SpanAttributes), ['gen_ai.operation.name', 'llm.request.type', 'openinference.span.kind', 'traceloop.span.kind', 'gen_ai.provider.name', 'gen_ai.system', 'llm.provider', 'llm.system', 'gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.usage.prompt_tokens', 'llm.token_count.prompt', 'gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens', 'llm.usage.completion_tokens', 'llm.token_count.completion'])
)
SETTINGS max_partitions_per_insert_block = 0, distributed_foreground_insert = 1;
