-- AI calls in an order, each once. Leans on the same as ai_spans, which it selects from.
SELECT
    $class_,
    sipHash64(provider, model, asked, tier, epoch, clock) AS class_key,
    at, took, TraceId, SpanId, failed, operation, input, cached, written, output, reasoning, told_cost,
    substringUTF8(finish, 1, 200) AS finish, firstTokenS, conversation, user,
    ServiceName, Component, Status, substringUTF8(StatusMessage, 1, 1000), RunId, substringUTF8(error_type, 1, 200),
    match(finish, '(?i)length|max_tokens|max_output|incomplete')
FROM ($spans)
WHERE $wanted
ORDER BY $order, TraceId, SpanId
LIMIT {limit:UInt32}
