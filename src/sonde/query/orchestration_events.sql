-- The events of some orchestrations. Leans on idx_orchestration.
SELECT
    OrchestrationId,
    Component,
    toUnixTimestamp64Nano(Timestamp) AS at,
    EventName = 'consistency.violation' AS violates,
    SeverityNumber >= 17 AND NOT violates AS failed,
    EventName = 'state.transition' AND LogAttributes['sonde.subject'] = '' AND LogAttributes['sonde.to'] != '' AS moves,
    if(moves, LogAttributes['sonde.to'], LogAttributes['sonde.phase']) AS phase,
    LogAttributes['sonde.from'] AS before
    $more
FROM otel_logs
WHERE OrchestrationId IN {ids:Array(String)} AND EventName != ''
