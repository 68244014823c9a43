"""Entities of spans and log records as rows of `entity_links`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.unit.decode.oracle import Row
from tests.unit.decode.rows import RECEIVED, decoded, rows_of

from sonde.decode import Signal

SECOND = 10**9
DAY = 86_400 * SECOND
TRACE = b"\x01" * 16


def attributes(values: Mapping[str, Any]) -> list[KeyValue]:
    """Attributes as OTLP has them; a list is an array."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in values.items()]


def any_value(value: Any) -> AnyValue:
    """A value as OTLP has it."""
    match value:
        case list():
            return AnyValue(array_value=ArrayValue(values=map(any_value, value)))  # pyright: ignore[reportUnknownArgumentType]
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case _:
            return AnyValue(string_value=value)


def span(trace: bytes = TRACE, start: int = RECEIVED, end: int = RECEIVED + 5, **attrs: Any) -> Span:
    """A span with these attributes; `entity_x` is the attribute `sonde.entity.x`, `run` that of the run."""
    named: dict[str, Any] = {}
    for name, value in attrs.items():
        kind = name.removeprefix("entity_")
        named[f"sonde.entity.{kind}" if kind != name else f"sonde.run.{name}"] = value
    return Span(
        trace_id=trace,
        span_id=b"\x02" * 8,
        start_time_unix_nano=start,
        end_time_unix_nano=end,
        attributes=attributes(named),
    )


def links(*spans: Span, resource: Mapping[str, str] | None = None) -> list[Row]:
    """The links of these spans."""
    request = ExportTraceServiceRequest()
    around = request.resource_spans.add()
    around.resource.attributes.extend(attributes(dict(resource or {})))
    around.scope_spans.add().spans.extend(spans)
    (blocks,) = decoded(Signal.TRACES, [request.SerializeToString()])
    return rows_of(blocks, derived=True).get("entity_links", [])


def ids(found: Sequence[Row]) -> list[str]:
    """Their entities' ids."""
    return [row["EntityId"] for row in found]


def test_what_has_no_entities_makes_no_block() -> None:
    assert links(span(id="run_1"), span()) == []
    assert (
        links(Span(trace_id=TRACE, span_id=b"\x02" * 8, attributes=attributes({"sonde.entity.": "x"}))) == []
    )


def test_a_span_links_its_entity_to_its_run_as_of_its_end() -> None:
    assert links(span(entity_payment="pym_1", id="run_1", url="https://jobs/run_1")) == [
        {
            "EntityType": "payment",
            "EntityId": "pym_1",
            "RunId": "run_1",
            "TraceId": TRACE.hex(),
            "RunUrl": "https://jobs/run_1",
            "FirstAt": RECEIVED + 5,
            "RecordedAt": RECEIVED + 5,
            "partition": 202609,
        }
    ]


def test_a_run_may_be_named_by_the_resource_and_is_not_needed() -> None:
    (of_resource,) = links(span(entity_payment="pym_1"), resource={"sonde.run.id": "run_2"})
    assert of_resource["RunId"] == "run_2"
    (without,) = links(span(entity_payment="pym_1"))
    assert (without["RunId"], without["TraceId"]) == ("", TRACE.hex())


def test_spans_of_one_run_and_trace_are_one_row_from_the_first_to_the_last_time() -> None:
    (row,) = links(
        span(entity_payment="pym_1", id="run_1", end=RECEIVED + 9),
        span(entity_payment="pym_1", id="run_1", end=RECEIVED + 3),
        span(entity_payment="pym_1", id="run_1", end=0),
    )
    assert (row["FirstAt"], row["RecordedAt"]) == (RECEIVED, RECEIVED + 9)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (["pym_1", "pym_2"], ["pym_1", "pym_2"]),
        ([7, True, "x"], ["7", "true", "x"]),
        (7, ["7"]),
        ("[not json", ["[not json"]),
        (["[one]"], ["[one]"]),
        ("", []),
        ([], []),
        (["", "a"], ["a"]),
        ("Grüße/../<b>\x00", ["Grüße/../<b>\x00"]),
        ("x" * 500, ["x" * 500]),
        ("é" * 1001, ["é" * 1000]),
    ],
)
def test_a_list_has_several_ids_and_any_text_is_an_id(value: Any, found: list[str]) -> None:
    assert ids(links(span(entity_payment=value, id="run_1"))) == found


def test_a_time_far_ahead_of_its_arrival_counts_as_of_its_arrival() -> None:
    (near,) = links(span(entity_payment="pym_1", end=RECEIVED + DAY))
    (far,) = links(span(entity_payment="pym_1", end=RECEIVED + DAY + 1))
    assert near["RecordedAt"] == RECEIVED + DAY
    assert far["RecordedAt"] == RECEIVED


def test_an_address_that_is_too_long_is_left_out() -> None:
    (row,) = links(span(entity_payment="pym_1", id="run_1", url="https://" + "x" * 2048))
    assert row["RunUrl"] == ""


def test_events_link_too_with_or_without_a_trace() -> None:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for named in ({"sonde.run.id": "run_1"}, {}):
        records.add(
            time_unix_nano=RECEIVED,
            event_name="entity.touched",
            attributes=attributes({"sonde.entity.invoice": "inv_1", **named}),
        )
    (blocks,) = decoded(Signal.LOGS, [request.SerializeToString()])
    (row,) = rows_of(blocks, derived=True)["entity_links"]
    assert (row["EntityType"], row["EntityId"], row["RunId"], row["TraceId"]) == (
        "invoice",
        "inv_1",
        "run_1",
        "",
    )
