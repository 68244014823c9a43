-- One row a schema version this database was brought to; the newest counts.
CREATE TABLE IF NOT EXISTS {database}.{table:sonde_schema} {on_cluster} (
    Version UInt32,
    Name String,
    Application String,
    AppliedAt DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = {engine:MergeTree}
ORDER BY Version
SETTINGS index_granularity = 4096, fsync_after_insert = 1, fsync_part_directory = 1
