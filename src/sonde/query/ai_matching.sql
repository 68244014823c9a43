-- The condition that the span of a row of ai_calls matches a search. Leans on idx_attribute_keys (granules without AI calls
-- are skipped) and the other indexes of attributes, on the partition (day) and the first column of the primary key (the
-- hour), both through Timestamp.
(TraceId, SpanId) IN (
    SELECT TraceId, SpanId
    FROM otel_traces $final
    WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
        AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
        AND NOT IsOpen
        AND $marked
        AND ($condition)
)
