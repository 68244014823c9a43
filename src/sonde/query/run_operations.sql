-- The operations of some runs, from the statement run_spans.
SELECT RunId, ServiceName, SpanName, count(), countIf(failed), sum(took) / 1000000 AS total_ms
FROM ($spans)
GROUP BY RunId, ServiceName, SpanName
ORDER BY total_ms DESC, ServiceName, SpanName
LIMIT {limit:UInt32} BY RunId
