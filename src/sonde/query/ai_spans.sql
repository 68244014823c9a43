-- Spans of AI calls, by the names of today. Leans on idx_attribute_keys (granules without AI calls are skipped), on the
-- partition (day) and the first column of the primary key (the hour), both through Timestamp. Usage of
-- 790 000 spans of AI calls, each trace with an agent around it, takes 2.6 CPU-seconds here, 3 for how they lie in each other
-- (ai_nesting, ai_parents) and 1.7 to tell which of them repeat others.
SELECT
    toUnixTimestamp64Nano(Timestamp) AS at,
    Duration AS took,
    TraceId,
    SpanId,
    cityHash64(TraceId, SpanId) AS span_key,
    SampleWeight AS weight,
    Status = 'error' OR StatusCode = 'Error' AS failed,
    $columns
    $more
FROM otel_traces $final
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND NOT IsOpen
    AND $marked
    AND ($condition)
