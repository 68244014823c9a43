"""Bytes made to do harm are refused, at little cost; odd but valid ones are read."""

from __future__ import annotations

import time

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from tests.unit.decode.oracle import Row
from tests.unit.decode.rows import decoded, rows_of
from tests.unit.decode.wire import attribute, message, nested_arrays, number, span_request, varint

from sonde.decode import RECORD_LIMIT, Signal, check, parse
from sonde.errors import DecodeError, TooLarge


def span_row(payload: bytes) -> Row:
    """The only span of the payload."""
    (blocks,) = decoded(Signal.TRACES, [payload])
    (row,) = rows_of(blocks)["otel_traces"]
    return row


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff",
        b"\x0a\x05abc",
        b"\x00\x01",
        message(1, message(2, message(2, b"\x0b"))),
        varint(1 << 3 | 2) + b"\xff" * 9 + b"\x01",
        span_request(varint(5 << 3 | 2) + b"\xff" * 9 + b"\x01"),
        span_request(message(5, b"a\xff")),
        span_request(message(5, b"\xed\xa0\x80")),
        span_request(attribute(message(1, b"\xc3"))),
        span_request(attribute(message(5, message(1, message(1, b"\xc3"))))),
        span_request(attribute(message(6, b"\xff"))),
        span_request(varint(31 << 3 | 3) + varint(30 << 3 | 4)),
        span_request(varint(31 << 3 | 3) * 5000 + varint(31 << 3 | 4) * 5000),
    ],
    ids=[
        "cut in a varint",
        "cut in a string",
        "field number zero",
        "group without an end",
        "resource of a length beyond 63 bits",
        "name of a length beyond 63 bits",
        "name not UTF-8",
        "name with a surrogate",
        "value not UTF-8",
        "nested value not UTF-8",
        "nested value that does not decode",
        "group that ends as another",
        "deep groups",
    ],
)
@pytest.mark.parametrize("beside", [0, 600_000], ids=["small", "large"])
def test_what_is_not_protobuf_is_refused(payload: bytes, beside: int) -> None:
    with pytest.raises(DecodeError, match="cannot decode traces request"):
        parse(Signal.TRACES, [payload + (message(31, bytes(beside)) if beside else b"")])


@pytest.mark.parametrize("depth", [50, 1000, 10_000, 200_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    with pytest.raises(DecodeError, match="nested deeper than 100 messages"):
        parse(Signal.TRACES, [span_request(attribute(nested_arrays(depth)))])


def test_nesting_up_to_the_limit_is_stored() -> None:
    row = span_row(span_request(attribute(nested_arrays(46))))
    assert row["SpanAttributes"]["k"] == "[" * 46 + '"x"' + "]" * 46


def test_unknown_fields_and_wrong_wire_types_are_ignored() -> None:
    row = span_row(
        span_request(message(99, b"new") + number(5, 7) + message(6, b"kind?") + message(5, b"name"))
    )
    assert row["SpanName"] == "name"
    assert row["SpanKind"] == "Unspecified"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (message(1, b"s") + number(3, 7), "7"),
        (number(3, 7) + message(1, b"s"), "s"),
        (message(5, message(1, message(1, b"a"))) + message(5, message(1, message(1, b"b"))), '["a","b"]'),
        (message(5, message(1, message(1, b"a"))) + number(3, 7) + message(5, b""), "[]"),
        (message(5, b""), "[]"),
        (message(6, b""), "{}"),
        (message(1, b""), ""),
        (b"", ""),
    ],
    ids=[
        "last of two kinds",
        "last of two kinds, in order",
        "array in two parts",
        "array, integer, array",
        "empty array",
        "empty list of pairs",
        "empty string",
        "nothing",
    ],
)
def test_repeated_members_are_read_as_protobuf_reads_them(value: bytes, text: str) -> None:
    assert span_row(span_request(attribute(value)))["SpanAttributes"]["k"] == text


def test_the_last_kind_of_a_metric_that_has_two_counts() -> None:
    first, second = Metric(name="m"), Metric()
    first.gauge.data_points.add(as_int=1)
    second.sum.data_points.add(as_int=2)
    both = first.SerializeToString() + second.SerializeToString()
    payload = message(1, message(2, message(2, both)))
    assert check(parse(Signal.METRICS, [payload])).accepted == 1
    (blocks,) = decoded(Signal.METRICS, [payload])
    assert [(block.table, block.data["IntValue"].to_pylist()) for block in blocks] == [
        ("otel_metrics_sum", [2])
    ]


def test_an_empty_request_is_no_records() -> None:
    for signal in Signal:
        parsed = parse(signal, [b"", message(1, b"")])
        assert (check(parsed).accepted, check(parsed).rejected, check(parsed).timed) == (0, 0, False)
        assert decoded(signal, [b""]) == []


_EMPTY = 10 * 1024 * 1024 - 100


@pytest.mark.parametrize(
    ("signal", "payload"),
    [
        (Signal.TRACES, b"\x0a\x00" * _EMPTY),
        (Signal.TRACES, message(1, b"\x12\x00" * _EMPTY)),
        (Signal.TRACES, message(1, message(2, b"\x12\x00" * _EMPTY))),
        (Signal.LOGS, message(1, message(2, b"\x12\x00" * _EMPTY))),
        (Signal.METRICS, message(1, message(2, b"\x12\x00" * _EMPTY))),
        (Signal.METRICS, message(1, message(2, message(2, message(7, b"\x0a\x00" * _EMPTY))))),
        (Signal.TRACES, span_request(b"\x4a\x00" * _EMPTY)),
    ],
    ids=["resources", "scopes", "spans", "log records", "metrics", "data points", "attributes"],
)
def test_twenty_megabytes_of_empty_messages_are_refused_at_once(signal: Signal, payload: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(TooLarge, match="the limit is"):
        parse(signal, [payload])
    assert time.perf_counter() - began < 5


def test_as_many_records_as_are_allowed_are_taken() -> None:
    parsed = parse(Signal.LOGS, [message(1, message(2, b"\x12\x00" * RECORD_LIMIT))])
    assert check(parsed).accepted == RECORD_LIMIT
    with pytest.raises(TooLarge):
        parse(Signal.LOGS, [message(1, message(2, b"\x12\x00" * (RECORD_LIMIT + 1)))])


def test_the_weight_of_a_request_counts_what_every_record_repeats() -> None:
    resource = message(1, message(1, message(1, b"k") + message(2, message(1, b"x" * 100_000))))
    payload = message(1, resource + message(2, b"\x12\x00" * 1000))
    weight = check(parse(Signal.LOGS, [payload])).weight_bytes
    assert 100_000_000 < weight < 102_000_000


def test_the_weight_of_a_metric_counts_its_metadata_with_every_point() -> None:
    metric = Metric(name="m", description="d" * 10_000)
    metric.metadata.add(key="k").value.string_value = "x" * 50_000
    for _ in range(100):
        metric.gauge.data_points.add(as_int=1)
    payload = message(1, message(2, message(2, metric.SerializeToString())))
    assert 6_000_000 < check(parse(Signal.METRICS, [payload])).weight_bytes < 6_200_000
