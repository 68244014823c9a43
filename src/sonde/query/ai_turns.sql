-- Calls and tools of a session in the order they began, each call once. Leans on the same as ai_spans, which it selects
-- from.
SELECT
    $class_,
    sipHash64(provider, model, asked, tier, epoch, clock) AS class_key,
    at, took, TraceId, SpanId, failed, operation, input, cached, written, output, reasoning, told_cost,
    substringUTF8(finish, 1, 200) AS finish, firstTokenS, conversation, user,
    ServiceName, Component, Status, substringUTF8(StatusMessage, 1, 1000), RunId, substringUTF8(error_type, 1, 200),
    match(finish, '(?i)length|max_tokens|max_output|incomplete'),
    kind, substringUTF8(tool, 1, 200), SpanAttributes, event_names, event_attributes
FROM ($spans)
WHERE conversation = {session_id:String}
    AND (kind = 'tool' OR $wanted)
    AND (at, TraceId, SpanId) $compare ({place:Int64}, {place_trace:String}, {place_span:String})
ORDER BY at $direction, TraceId $direction, SpanId $direction
LIMIT {limit:UInt32}
