-- What the events of some orchestrations amount to, from the statement orchestration_events. A violation may be found long
-- after, and stretches nothing.
SELECT
    OrchestrationId,
    minIf(at, NOT violates),
    maxIf(at, NOT violates),
    min(at),
    countIf(NOT violates),
    count(),
    countIf(failed),
    countIf(violates),
    arraySort(groupUniqArrayIf(100)(Component, NOT violates))
FROM ($events)
GROUP BY OrchestrationId
