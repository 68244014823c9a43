-- What the spans of some orchestrations amount to, from the statement orchestration_spans. Topmost are those whose parent is
-- not of the orchestration: of each component's operation the last of them tells how it went.
SELECT
    OrchestrationId,
    min(first),
    max(last),
    sum(spans),
    sum(failures),
    sum(running),
    arraySlice(arraySort(arrayDistinct(groupArray(Component))), 1, 100),
    arraySlice(arrayDistinct(arrayMap(each -> each.2, arraySort(arrayFlatten(groupArray(traces))))), 1, 10),
    uniqExactMerge(trace_count),
    countIf(outcome.1 = 'error') > 0,
    argMaxIf(outcome.2, outcome.3, outcome.1 = 'error')
FROM
(
    SELECT
        OrchestrationId,
        Component,
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
    GROUP BY OrchestrationId, Component, if(is_topmost, SpanName, '')
)
GROUP BY OrchestrationId
