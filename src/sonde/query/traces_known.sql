-- When some traces were, in Unix seconds, and what each segment brought of them. Leans on the primary key of the table:
-- TraceId, and idx_trace_id. Rows of a segment that are there twice are the same.
SELECT
    TraceId,
    Segment,
    toInt64(toUnixTimestamp(min(Start))),
    toInt64(toUnixTimestamp(max(End))),
    max(Facts),
    max(SpanSketch)
FROM otel_traces_trace_id_ts
WHERE TraceId IN {trace_ids:Array(String)}
GROUP BY TraceId, Segment
