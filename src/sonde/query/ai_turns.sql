-- Calls and tools of a session in the order they began, each call once. Leans on the same as ai_spans, which it selects
-- from.
SELECT
    $class_,
    sipHash64(provider, model, asked, tier, epoch, clock) AS class_key,
    at, took, TraceId, SpanId, failed, operation, input, cached, written, output, reasoning, told_cost,
    finish, first_token_s, conversation, user,
    ServiceName, Component, Status, StatusMessage, RunId, error_type,
    match(finish, '(?i)length|max_tokens|max_output|incomplete'),
    kind, tool
FROM ($spans)
WHERE (kind = 'tool' OR $wanted)
    AND (at, TraceId, SpanId) $compare ({place:Int64}, {place_trace:String}, {place_span:String})
ORDER BY at $direction, TraceId $direction, SpanId $direction
LIMIT {limit:UInt32}
