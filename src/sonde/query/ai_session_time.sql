-- When the spans of a session began, first and last. Leans on idx_conversation.
SELECT toUnixTimestamp64Nano(min(Timestamp)), toUnixTimestamp64Nano(max(Timestamp))
FROM ai_calls
WHERE Conversation = {session_id:String}
