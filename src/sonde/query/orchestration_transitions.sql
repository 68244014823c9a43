-- The transitions of an orchestration from phase to phase, from the statement orchestration_events.
SELECT at, before, phase
FROM ($events)
WHERE moves
ORDER BY at
LIMIT {limit:UInt32}
