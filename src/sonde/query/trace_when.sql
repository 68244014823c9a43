-- When a trace was, in Unix seconds: a row a segment that brought some of it. Leans on the primary key of the table: TraceId.
-- Not aggregated, which would take as long as all the rest.
SELECT toUnixTimestamp(Start), toUnixTimestamp(End)
FROM otel_traces_trace_id_ts
WHERE TraceId = {trace_id:String}
