-- What else some work belongs to, by its run and its trace: orchestrations, pipelines, sessions, AI conversations. Leans on $leans.
SELECT
    RunId,
    TraceId,
    groupUniqArrayIf(20)(OrchestrationId, OrchestrationId != ''),
    groupUniqArrayIf(20)(toString(TriggerEvent), TriggerEvent != ''),
    groupUniqArrayIf(20)(SessionId, SessionId != ''),
    groupUniqArrayIf(20)($conversation AS conversation, conversation != '')
FROM otel_traces
WHERE $condition
    AND (OrchestrationId != '' OR TriggerEvent != '' OR SessionId != '' OR $marked)
GROUP BY RunId, TraceId
LIMIT 1000
