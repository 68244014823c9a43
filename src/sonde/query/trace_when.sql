-- When a trace was, in Unix seconds. Leans on the primary key of the table: TraceId.
SELECT toInt64(toUnixTimestamp(min(Start))), toInt64(toUnixTimestamp(max(End))), count() > 0
FROM otel_traces_trace_id_ts
WHERE TraceId = {trace_id:String}
