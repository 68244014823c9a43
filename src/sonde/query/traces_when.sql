-- When some traces were, in Unix seconds. Leans on the primary key of the table: TraceId.
SELECT TraceId, toInt64(toUnixTimestamp(min(Start))), toInt64(toUnixTimestamp(max(End)))
FROM otel_traces_trace_id_ts
WHERE TraceId IN {trace_ids:Array(String)}
GROUP BY TraceId
