-- The runs and traces of a session. Leans on the same as ai_spans, which it selects from.
SELECT
    arraySort(groupUniqArrayIf(1000)(RunId, RunId != '')),
    arraySlice(groupUniqArray(1000)(TraceId), 1, {limit:UInt32})
FROM ($spans)
