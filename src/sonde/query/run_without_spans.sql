-- What links, logs and events know of a run of which no span is stored. Leans on idx_run of either table.
SELECT
    toUnixTimestamp64Nano(min(first)) AS begun,
    toUnixTimestamp64Nano(max(last)),
    argMaxIf(url, last, url != ''),
    argMinIf(job, first, job != ''),
    arraySort(groupUniqArrayIf(100)(service, service != '')),
    arraySort(groupUniqArrayIf(10)(trace, trace != '')),
    uniqExactIf(trace, trace != ''),
    count()
FROM
(
    SELECT FirstAt AS first, RecordedAt AS last, RunUrl AS url, '' AS job, '' AS service, TraceId AS trace
    FROM entity_links
    WHERE RunId = {run_id:String}
    UNION ALL
    SELECT
        Timestamp, Timestamp, LogAttributes[{url:String}], LogAttributes[{job:String}],
        if(EventName = {touched:String}, '', ServiceName), TraceId
    FROM otel_logs
    WHERE RunId = {run_id:String}
)
