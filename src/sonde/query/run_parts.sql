-- What began an execution within a run, from the statement run_spans: a span whose parent is not of the same job and attempt.
WITH spans AS ($spans)
SELECT job, attempt, SpanName, ServiceName, at, took, state, message, TraceId, SpanId, touched
FROM spans
WHERE (TraceId, ParentSpanId, job, attempt) NOT IN (SELECT TraceId, SpanId, job, attempt FROM spans)
ORDER BY at, ParentSpanId != '', state != 'running', took DESC, TraceId, SpanId
LIMIT {limit:UInt32}
