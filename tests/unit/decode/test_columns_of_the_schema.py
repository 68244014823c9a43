"""Every block has the columns of its table, and the engine takes them as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from tests.unit.decode.rows import SCHEMA, SEGMENT, decoded, plain_rows, same

from sonde.decode import Block, Signal
from sonde.store import Database

TIME = 1_790_000_000_000_000_001
ATTRIBUTES = [
    KeyValue(key="text", value=AnyValue(string_value="Grüße")),
    KeyValue(key="number", value=AnyValue(double_value=1.5)),
    KeyValue(key="list", value=AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1)]))),
]


METRIC_TABLES = [f"otel_metrics_{kind}" for kind in ("gauge", "sum", "histogram", "exp_histogram", "summary")]
TABLES = [
    "otel_traces",
    "ai_calls",
    "otel_traces_trace_id_ts",
    "trace_starts",
    "entity_links",
    "otel_logs",
    *METRIC_TABLES,
]
CALL = KeyValue(key="gen_ai.operation.name", value=AnyValue(string_value="chat"))
ENTITY = KeyValue(key="sonde.entity.payment", value=AnyValue(string_value="pym_1"))


def full_requests() -> dict[Signal, Any]:
    """A request of each signal that fills every table and every list."""
    traces = ExportTraceServiceRequest()
    around = traces.resource_spans.add(schema_url="r")
    around.resource.attributes.extend(ATTRIBUTES)
    inside = around.scope_spans.add(schema_url="s")
    inside.scope.attributes.extend(ATTRIBUTES)
    span = inside.spans.add(trace_id=b"\x01" * 16, span_id=b"\x02" * 8, name="n")
    span.attributes.extend([*ATTRIBUTES, ENTITY, CALL])
    span.start_time_unix_nano, span.end_time_unix_nano = TIME, TIME + 7
    span.events.add(time_unix_nano=TIME, name="e", attributes=ATTRIBUTES)
    span.links.add(trace_id=b"\x03" * 16, span_id=b"\x04" * 8, attributes=ATTRIBUTES)
    inside.spans.add(trace_id=b"\x01" * 16, span_id=b"\x05" * 8, start_time_unix_nano=2**64 - 1)
    logs = ExportLogsServiceRequest()
    records = logs.resource_logs.add().scope_logs.add().log_records
    records.add(time_unix_nano=TIME, attributes=ATTRIBUTES, event_name="e", body=AnyValue(string_value="b"))
    records.add()
    metrics = ExportMetricsServiceRequest()
    scope = metrics.resource_metrics.add().scope_metrics.add()
    for kind in ("gauge", "sum", "histogram", "exponential_histogram", "summary"):
        point = getattr(scope.metrics.add(name=kind, metadata=ATTRIBUTES), kind).data_points.add()
        point.time_unix_nano = TIME
        point.attributes.extend(ATTRIBUTES)
        if kind == "summary":
            point.quantile_values.add(quantile=0.5, value=float("nan"))
        else:
            point.exemplars.add(time_unix_nano=TIME, as_int=3, filtered_attributes=ATTRIBUTES)
    return {Signal.TRACES: traces, Signal.LOGS: logs, Signal.METRICS: metrics}


def blocks() -> Iterator[Block]:
    """The blocks of all signals."""
    for signal, request in full_requests().items():
        (found,) = decoded(signal, [request.SerializeToString()])
        yield from found


def declared_columns(table: str) -> set[str]:
    """The columns of a table by its .sql file, members of Nested ones with a dot."""
    lines = (SCHEMA / f"{table}.sql").read_text().split("{on_cluster} (")[1].split(") ENGINE")[0]
    columns: set[str] = set()
    for found in re.finditer(r"^    (\w+) (Nested \((.*?)^    \)|\S+)", lines, re.MULTILINE | re.DOTALL):
        if found[3]:
            columns |= {
                f"{found[1]}.{member}" for member in re.findall(r"^\s+(\w+) ", found[3], re.MULTILINE)
            }
        elif found[1] != "INDEX":
            columns.add(found[1])
    return columns


def test_every_table_is_filled_with_all_its_columns() -> None:
    seen: dict[str, set[str]] = {block.table: set(block.data.column_names) for block in blocks()}
    # Computed by the table from Timestamp.
    seen["otel_logs"].add("TimestampTime")
    assert seen == {table: declared_columns(table) for table in TABLES}


@pytest.mark.parametrize("table", TABLES)
def test_the_engine_gives_back_what_the_block_says(database: Database, table: str) -> None:
    (block,) = (block for block in blocks() if block.table == table)
    database.insert_block(table, block.data, block.partition, segment=SEGMENT, check=False)
    names = ", ".join(f"`{name}`" for name in block.data.column_names)
    stored = database.query_arrow(f"SELECT {names} FROM {database.name}.{table}")
    found = plain_rows(Block(table, stored, block.partition, derived=block.derived))
    told = plain_rows(block)
    for row in (*found, *told):
        # The engine gives the rows of its parts in any order.
        del row["partition"]
    assert same(*(sorted(rows, key=str) for rows in (found, told)))
