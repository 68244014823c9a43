-- Spans of an orchestration, from the statement orchestration_spans: those that run or failed, then the longest.
SELECT TraceId, SpanId, ParentSpanId, ServiceName, Component, SpanName, at, took, IsOpen, state, message, $stretch AS stretch, failed
FROM ($spans)
WHERE $narrowed
ORDER BY IsOpen DESC, failed DESC, took DESC, at, SpanId
LIMIT {limit:UInt32}
