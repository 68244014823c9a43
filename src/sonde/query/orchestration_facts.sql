-- What the spans of some orchestrations amount to, from the statement orchestration_spans. Topmost are those whose parent is
-- not of the orchestration: of each component's operation the last of them tells how it went. Last what bears each phase:
-- when the first began, the last ended, and whether one runs.
SELECT
    OrchestrationId,
    min(begun),
    max(ended),
    sum(span_count),
    sum(failure_count),
    sum(running_count),
    arraySlice(arraySort(arrayDistinct(groupArray(Component))), 1, 100),
    arraySlice(arrayDistinct(arrayMap(each -> each.2, arraySort(arrayFlatten(groupArray(first_traces))))), 1, 10),
    uniqExactMerge(all_traces),
    countIf(last_outcome.1 = 'error') > 0,
    argMaxIf(last_outcome.2, last_outcome.3, last_outcome.1 = 'error'),
    arrayFlatten(groupArray(bearers))
FROM
(
    SELECT
        OrchestrationId,
        Component,
        min(first) AS begun,
        max(last) AS ended,
        sum(spans) AS span_count,
        sum(failures) AS failure_count,
        sum(running) AS running_count,
        arrayFlatten(groupArray(traces)) AS first_traces,
        uniqExactMergeState(trace_count) AS all_traces,
        argMax(outcome, outcome.3) AS last_outcome,
        groupArray(1000)((phase, first, last, running > 0)) AS bearers
    FROM
    (
        SELECT
            OrchestrationId,
            Component,
            phase,
            if(is_topmost, SpanName, '') AS operation,
            min(at) AS first,
            max(at + took) AS last,
            count() AS spans,
            countIf(failed) AS failures,
            countIf(IsOpen) AS running,
            groupArraySorted(10)((at, TraceId)) AS traces,
            uniqExactState(TraceId) AS trace_count,
            argMaxIf((state, message, at), (at, SpanId), is_topmost) AS outcome
        FROM
        (
            SELECT
                *,
                sipHash64(TraceId, ParentSpanId) NOT IN (
                    SELECT sipHash64(TraceId, SpanId) FROM otel_traces WHERE OrchestrationId IN {ids:Array(String)}
                ) AS is_topmost
            FROM ($spans)
        )
        GROUP BY OrchestrationId, Component, phase, operation
    )
    GROUP BY OrchestrationId, Component, operation
)
GROUP BY OrchestrationId
