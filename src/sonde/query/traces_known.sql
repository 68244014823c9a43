-- When some traces were, in Unix seconds, and what each segment brought of them. Leans on the primary key of the table:
-- TraceId, and idx_trace_id. A segment may have several rows that were not merged yet: put together by the reader, for
-- grouping so few here takes half the time of the whole.
SELECT TraceId, Segment, toUnixTimestamp(Start), toUnixTimestamp(End), Facts, SpanSketch
FROM otel_traces_trace_id_ts
WHERE TraceId IN {trace_ids:Array(String)}
