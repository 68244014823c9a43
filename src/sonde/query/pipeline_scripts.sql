-- Scripts of pipelines and how they fared, over time. A running one counts as one, and has no latency; neither has one
-- that was skipped. Leans on the partition (day) and the first column of the primary key (the hour), both through Timestamp.
SELECT
    trigger,
    service,
    script,
    name,
    min(layer) AS least_layer,
    min(place) AS least_place,
    sum(records),
    sum(errors),
    sum(blocks),
    sum(skips),
    quantilesDDMerge(0.01, 0.5, 0.95)(durations),
    max(longest),
    max(newest),
    argMax(newest_trace, newest),
    groupArray((bucket, records, errors, blocks, skips, finalizeAggregation(durations)))
FROM
(
    SELECT
        TriggerEvent AS trigger,
        ServiceName AS service,
        SpanAttributes['sonde.pipeline.script_id'] AS script,
        SpanName AS name,
        intDiv(toUnixTimestamp64Nano(Timestamp), {step:Int64}) AS bucket,
        min(toInt64OrZero(SpanAttributes['sonde.pipeline.layer_index'])) AS layer,
        min(toInt64OrZero(SpanAttributes['sonde.pipeline.parallel_index'])) AS place,
        sum(SampleWeight) AS records,
        sumIf(SampleWeight, NOT IsOpen AND Status = 'error') AS errors,
        sumIf(SampleWeight, NOT IsOpen AND Status = 'blocked') AS blocks,
        sumIf(SampleWeight, NOT IsOpen AND Status = 'skipped') AS skips,
        quantilesDDStateIf(0.01, 0.5, 0.95)(Duration, NOT IsOpen AND Status != 'skipped') AS durations,
        maxIf(Duration, NOT IsOpen AND Status != 'skipped') AS longest,
        max(toUnixTimestamp64Nano(Timestamp)) AS newest,
        argMax(TraceId, Timestamp) AS newest_trace
    FROM otel_traces FINAL
    PREWHERE TriggerEvent != ''
    WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
        AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
        AND ({trigger:String} = '' OR TriggerEvent = {trigger:String})
        AND SpanAttributes['sonde.pipeline.layer_index'] != ''
    GROUP BY trigger, service, script, name, bucket
)
GROUP BY trigger, service, script, name
ORDER BY trigger, service, least_layer, least_place, name, script
LIMIT {limit:UInt32}
