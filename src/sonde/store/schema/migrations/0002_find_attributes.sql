-- Version 2: attributes are found by index, their maps are compressed harder and kept in buckets of keys.
ALTER TABLE {database}.{table:otel_logs} {on_cluster}
    MODIFY COLUMN ResourceAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN ScopeAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN LogAttributes CODEC(ZSTD(3)),
    ADD INDEX IF NOT EXISTS idx_attribute_keys mapKeys(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_attribute_values mapValues(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_resource_values mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_event_name EventName TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE {database}.{table:otel_logs} {on_cluster}
    MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20{map_settings};
ALTER TABLE {database}.{table:otel_metrics_exp_histogram} {on_cluster}
    MODIFY COLUMN ResourceAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN ScopeAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN Attributes CODEC(ZSTD(3)),
    MODIFY COLUMN MetricMetadata CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.FilteredAttributes` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.TimeUnix` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.Value` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.SpanId` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.TraceId` CODEC(ZSTD(3));
ALTER TABLE {database}.{table:otel_metrics_exp_histogram} {on_cluster}
    MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20{map_settings};
ALTER TABLE {database}.{table:otel_metrics_gauge} {on_cluster}
    MODIFY COLUMN ResourceAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN ScopeAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN Attributes CODEC(ZSTD(3)),
    MODIFY COLUMN MetricMetadata CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.FilteredAttributes` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.TimeUnix` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.Value` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.SpanId` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.TraceId` CODEC(ZSTD(3));
ALTER TABLE {database}.{table:otel_metrics_gauge} {on_cluster}
    MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20{map_settings};
ALTER TABLE {database}.{table:otel_metrics_histogram} {on_cluster}
    MODIFY COLUMN ResourceAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN ScopeAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN Attributes CODEC(ZSTD(3)),
    MODIFY COLUMN MetricMetadata CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.FilteredAttributes` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.TimeUnix` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.Value` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.SpanId` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.TraceId` CODEC(ZSTD(3));
ALTER TABLE {database}.{table:otel_metrics_histogram} {on_cluster}
    MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20{map_settings};
ALTER TABLE {database}.{table:otel_metrics_sum} {on_cluster}
    MODIFY COLUMN ResourceAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN ScopeAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN Attributes CODEC(ZSTD(3)),
    MODIFY COLUMN MetricMetadata CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.FilteredAttributes` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.TimeUnix` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.Value` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.SpanId` CODEC(ZSTD(3)),
    MODIFY COLUMN `Exemplars.TraceId` CODEC(ZSTD(3));
ALTER TABLE {database}.{table:otel_metrics_sum} {on_cluster}
    MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20{map_settings};
ALTER TABLE {database}.{table:otel_metrics_summary} {on_cluster}
    MODIFY COLUMN ResourceAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN ScopeAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN Attributes CODEC(ZSTD(3)),
    MODIFY COLUMN MetricMetadata CODEC(ZSTD(3));
ALTER TABLE {database}.{table:otel_metrics_summary} {on_cluster}
    MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20{map_settings};
ALTER TABLE {database}.{table:otel_traces} {on_cluster}
    MODIFY COLUMN ResourceAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN SpanAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN ScopeAttributes CODEC(ZSTD(3)),
    MODIFY COLUMN `Events.Timestamp` CODEC(ZSTD(3)),
    MODIFY COLUMN `Events.Name` CODEC(ZSTD(3)),
    MODIFY COLUMN `Events.Attributes` CODEC(ZSTD(3)),
    MODIFY COLUMN `Links.TraceId` CODEC(ZSTD(3)),
    MODIFY COLUMN `Links.SpanId` CODEC(ZSTD(3)),
    MODIFY COLUMN `Links.TraceState` CODEC(ZSTD(3)),
    MODIFY COLUMN `Links.Attributes` CODEC(ZSTD(3)),
    ADD INDEX IF NOT EXISTS idx_attribute_keys mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_attribute_values mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_resource_values mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE {database}.{table:otel_traces} {on_cluster}
    MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20{map_settings};
ALTER TABLE {database}.{table:otel_traces_trace_id_ts} {on_cluster} MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20;
ALTER TABLE {database}.{table:sonde_schema} {on_cluster} MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20;
ALTER TABLE {database}.{table:trace_summaries} {on_cluster} MODIFY SETTING min_rows_for_wide_part = 300000, merge_selector_base = 20;
