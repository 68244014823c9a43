-- Which segments brought spans of a trace, and when these were in Unix seconds. Leans on the primary key of the table:
-- TraceId. Rows of the Collector's exporter have no segment.
SELECT
    count(),
    min(Segment),
    max(Segment),
    uniqExact(Segment),
    toInt64(toUnixTimestamp(min(Start))),
    toInt64(toUnixTimestamp(max(End)))
FROM otel_traces_trace_id_ts
WHERE TraceId = {trace_id:String}
