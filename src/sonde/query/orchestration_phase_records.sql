-- What bears each phase of an orchestration: when its first record was, when the last of them ended. From the statements
-- orchestration_spans and orchestration_events.
SELECT phase, min(at) AS first, max(ended), max(running)
FROM
(
    SELECT phase, at, at + took AS ended, IsOpen AS running FROM ($spans)
    UNION ALL
    SELECT phase, at, at AS ended, false AS running FROM ($events) WHERE NOT violates
)
WHERE phase != ''
GROUP BY phase
ORDER BY first, phase
LIMIT {limit:UInt32}
