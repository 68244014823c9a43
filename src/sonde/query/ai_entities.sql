-- Spans of AI calls with the entities that their run touched, or without a run their trace; one row for each of them, and
-- one with '' where there are none. Leans on the same as ai_spans, which it selects from.
SELECT calls.*, arrayJoin(if(empty(touched), [''], touched)) AS entity
FROM (SELECT *, if(RunId != '', RunId, TraceId) AS belongs FROM ($spans)) AS calls
LEFT JOIN
(
    SELECT
        if(RunId != '', RunId, TraceId) AS belongs,
        groupUniqArray(1000)(concat(EntityType, ':', EntityId)) AS touched
    FROM entity_links
    WHERE RecordedAt >= fromUnixTimestamp64Nano({linked_since:Int64})
        AND RecordedAt <= fromUnixTimestamp64Nano({linked_until:Int64})
    GROUP BY belongs
) AS links USING (belongs)
