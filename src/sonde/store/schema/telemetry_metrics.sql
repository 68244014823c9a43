-- Data points of every kind: value of gauges and sums; count and sum of histograms and summaries.
-- Conditions on metric and recorded_at lean on the keys of the tables below.
CREATE OR REPLACE VIEW {database}.telemetry_metrics {on_cluster} AS
SELECT
    MetricName AS metric,
    'gauge' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(Value, 'Nullable(Float64)') AS value,
    CAST(NULL, 'Nullable(UInt64)') AS count,
    CAST(NULL, 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM {database}.{read:otel_metrics_gauge}
UNION ALL
SELECT
    MetricName AS metric,
    'sum' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(Value, 'Nullable(Float64)') AS value,
    CAST(NULL, 'Nullable(UInt64)') AS count,
    CAST(NULL, 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM {database}.{read:otel_metrics_sum}
UNION ALL
SELECT
    MetricName AS metric,
    'histogram' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(NULL, 'Nullable(Float64)') AS value,
    CAST(Count, 'Nullable(UInt64)') AS count,
    CAST(if(HasSum, Sum, NULL), 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM {database}.{read:otel_metrics_histogram}
UNION ALL
SELECT
    MetricName AS metric,
    'exponential_histogram' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(NULL, 'Nullable(Float64)') AS value,
    CAST(Count, 'Nullable(UInt64)') AS count,
    CAST(if(HasSum, Sum, NULL), 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM {database}.{read:otel_metrics_exp_histogram}
UNION ALL
SELECT
    MetricName AS metric,
    'summary' AS type,
    MetricUnit AS unit,
    MetricDescription AS description,
    ServiceName AS service,
    Component AS component,
    TimeUnix AS recorded_at,
    CAST(NULL, 'Nullable(Float64)') AS value,
    CAST(Count, 'Nullable(UInt64)') AS count,
    CAST(Sum, 'Nullable(Float64)') AS sum,
    Attributes AS attrs,
    ResourceAttributes AS resource,
    ReceivedAt AS received_at
FROM {database}.{read:otel_metrics_summary}
