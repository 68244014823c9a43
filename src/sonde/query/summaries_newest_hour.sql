-- The newest hour in a range that has a trace, in Unix seconds; 0 if none has. Leans on the first column of
-- the primary key (Hour), which compresses to almost nothing.
SELECT toInt64(toUnixTimestamp(max(Hour)))
FROM trace_summaries
WHERE Hour >= toDateTime({first_s:UInt32}, 'UTC') AND Hour <= toDateTime({last_s:UInt32}, 'UTC')
