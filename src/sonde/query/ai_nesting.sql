-- How spans of AI calls lie in each other, and what tells whether two of them are of the same call. Leans on the same as
-- ai_spans, which it selects from.
SELECT
    span_key,
    if(Above = '', 0, cityHash64(TraceId, Above)) AS parent_key,
    cityHash64(TraceId) AS trace_key,
    at,
    at + toInt64(took) AS until_at,
    toUInt8(multiIf(kind = 'call', 1, kind = 'tool', 2, has_tokens, 3, 0)) AS kind_code,
    has_tokens,
    toUInt8(4 * has_tokens + 2 * (conversation != '') + is_told) AS worth,
    toUInt32(cityHash64(input, output)) AS tokens_key,
    toUInt32(cityHash64(ScopeName)) AS scope_key,
    toUInt32(if(response_id = '', 0, cityHash64(response_id))) AS response_key,
    toUInt32(cityHash64(ServiceName)) AS service_key
FROM ($spans)
