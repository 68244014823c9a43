-- How spans of AI calls lie in each other, and what tells whether two of them are of the same call. Leans on the same as
-- ai_spans, which it selects from.
SELECT
    span_key,
    cityHash64(TraceId, ParentSpanId) AS parent_key,
    cityHash64(TraceId) AS trace_key,
    at,
    at + toInt64(took) AS until_at,
    multiIf(kind = 'call', 1, kind = 'tool', 2, has_tokens, 3, 0) AS kind_code,
    has_tokens,
    4 * has_tokens + 2 * (conversation != '') + is_told AS worth,
    cityHash64(input, output) AS tokens_key,
    cityHash64(ScopeName) AS scope_key,
    if(responseId = '', 0, cityHash64(responseId)) AS response_key
FROM ($spans)
