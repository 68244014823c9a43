-- The winner of each span: the newest version, an end before a start. For outsiders and aggregates; lists read
-- otel_traces, ask for more rows than they show and pick the winners by key.
CREATE OR REPLACE VIEW {database}.otel_traces_current {on_cluster} AS
SELECT * FROM {database}.{read:otel_traces} FINAL
