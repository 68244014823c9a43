-- What the events of some orchestrations amount to, from the statement orchestration_events. A violation may be found long
-- after, and stretches nothing. Last what bears each phase: the first and last of it, and when a transition led to it last
-- (0: none did).
SELECT
    OrchestrationId,
    minIf(first, NOT violates),
    maxIf(last, NOT violates),
    min(first),
    sumIf(events, NOT violates),
    sum(events),
    sum(failures),
    sumIf(events, violates),
    arraySort(groupUniqArrayIf(100)(Component, NOT violates)),
    groupArrayIf(1000)((phase, first, last, entered), NOT violates)
FROM
(
    SELECT
        OrchestrationId,
        Component,
        phase,
        violates,
        min(at) AS first,
        max(at) AS last,
        maxIf(at, moves) AS entered,
        count() AS events,
        countIf(failed) AS failures
    FROM ($events)
    GROUP BY OrchestrationId, Component, phase, violates
)
GROUP BY OrchestrationId
