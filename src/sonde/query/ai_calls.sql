-- AI calls in an order, each once. Leans on the same as ai_spans, which it selects from.
SELECT
    $class_,
    sipHash64(provider, model, asked, tier, epoch, clock) AS class_key,
    at, took, TraceId, SpanId, failed, operation, input, cached, written, output, reasoning, told_cost,
    finish, first_token_s, conversation, user,
    ServiceName, Component, Status, StatusMessage, RunId, error_type,
    match(finish, '(?i)length|max_tokens|max_output|incomplete')
FROM ($spans)
WHERE $wanted
ORDER BY $order, TraceId, SpanId
LIMIT {limit:UInt32}
