-- How many spans and events of an orchestration are in each stretch of a phase and of each component, from the statements
-- orchestration_spans and orchestration_events. `stretch` is a place in the arrays that are bound, 0 for none.
SELECT
    stretch,
    Component,
    countIf(is_span),
    countIf(is_span AND failed),
    countIf(NOT is_span),
    countIf(NOT is_span AND failed),
    countIf(violates),
    min(at),
    max(ended)
FROM
(
    SELECT $stretch AS stretch, Component, true AS is_span, failed, false AS violates, at, at + took AS ended FROM ($spans)
    WHERE $narrowed
    UNION ALL
    SELECT $stretch AS stretch, Component, false AS is_span, failed, violates, at, at AS ended FROM ($events)
    WHERE $narrowed_events
)
GROUP BY stretch, Component
ORDER BY stretch, Component
