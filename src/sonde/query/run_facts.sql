-- What the list says of some runs, from the statement run_spans. The first span of an attempt is the one that began it; of
-- several at once the one without a parent, one that is open, the longest.
SELECT
    RunId,
    any(own) AS own_job,
    argMinIf(address, at, address != ''),
    min(at) AS first,
    max(at + took),
    count(),
    countIf(failed),
    arraySort(groupUniqArray(100)(ServiceName)),
    arraySlice(arrayDistinct(arrayMap(each -> each.2, groupArraySorted(1000)((at, TraceId)))), 1, 10),
    uniqExact(TraceId),
    argMaxIf((attempt, state, message), (attempt, -at, ParentSpanId = '', IsOpen, took), job = own)
FROM
(
    SELECT *, argMin(job, (at, ParentSpanId != '', NOT IsOpen, -took)) OVER (PARTITION BY RunId) AS own
    FROM ($spans)
)
GROUP BY RunId
