-- The columns of every version of every span of a trace that its shape is made of. Leans on the primary key (the hour,
-- through Timestamp, then TraceId), and on the bloom filter of TraceId where the time is not known. Ids are numbers
-- here: 8 bytes, and as fast to sort as to compare.
SELECT
    toUnixTimestamp64Nano(Timestamp) AS start,
    reinterpretAsUInt64(reverse(unhex(SpanId))) AS id,
    reinterpretAsUInt64(reverse(unhex(ParentSpanId))) AS parent,
    toInt64(least(Duration, 9223372036854775807)) AS duration,
    Version AS version,
    Segment AS segment,
    SpanName AS operation,
    SpanKind AS kind,
    ServiceName AS service,
    Component AS component,
    Status AS status,
    StatusCode AS status_code,
    IsOpen AS is_open,
    SampleWeight AS weight,
    toInt32(length(Events.Name)) AS events,
    toInt32(length(Links.SpanId)) AS links,
    toUnixTimestamp64Milli(ReceivedAt) AS received,
    RunId AS run,
    OrchestrationId AS orchestration,
    CorrelationId AS correlation,
    SessionId AS session,
    TriggerEvent AS trigger
FROM otel_traces
WHERE TraceId = {trace_id:String}
    AND Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({until:Int64})
LIMIT {limit:UInt32}
