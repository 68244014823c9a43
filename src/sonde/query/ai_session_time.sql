-- When the spans of a session began, first and last. Leans on idx_attribute_values.
SELECT toUnixTimestamp64Nano(min(Timestamp)), toUnixTimestamp64Nano(max(Timestamp))
FROM otel_traces
WHERE $condition
