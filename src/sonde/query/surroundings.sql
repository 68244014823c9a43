-- What else some work belongs to, by its run and its trace: orchestrations, pipelines, sessions. Leans on $leans.
SELECT
    RunId,
    TraceId,
    groupUniqArrayIf(20)(OrchestrationId, OrchestrationId != ''),
    groupUniqArrayIf(20)(toString(TriggerEvent), TriggerEvent != ''),
    groupUniqArrayIf(20)(SessionId, SessionId != '')
FROM otel_traces
WHERE $condition
    AND (OrchestrationId != '' OR TriggerEvent != '' OR SessionId != '')
GROUP BY RunId, TraceId
LIMIT 1000
