-- The phases of some orchestrations: what spans and events say that they are in, and what a transition led to. Of each the
-- first record and the last way into it (0: no transition tells of one). From the statements orchestration_spans and
-- orchestration_events.
SELECT OrchestrationId, phase, min(at) AS first, maxIf(at, moves) AS entered
FROM
(
    SELECT OrchestrationId, phase, at, false AS moves FROM ($spans)
    UNION ALL
    SELECT OrchestrationId, phase, at, moves FROM ($events) WHERE NOT violates
)
WHERE phase != ''
GROUP BY OrchestrationId, phase
ORDER BY first, phase
LIMIT {phases:UInt32} BY OrchestrationId
