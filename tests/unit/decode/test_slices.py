"""A segment is cut the same way every time, within its limits."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from tests.unit.decode.rows import SEGMENT, sliced

from sonde.decode import SLICE_LIMIT, Block, Signal, concat, parse
from sonde.errors import TooLarge


def request(spans: int, *, first: int = 1, resource_bytes: int = 0, rejected: int = 0) -> bytes:
    """A request of numbered spans."""
    message = ExportTraceServiceRequest()
    around = message.resource_spans.add()
    around.resource.attributes.append(KeyValue(key="k", value=AnyValue(string_value="x" * resource_bytes)))
    scope = around.scope_spans.add()
    for number in range(first, first + spans):
        scope.spans.add(
            trace_id=number.to_bytes(16, "big"),
            span_id=b"" if number < first + rejected else number.to_bytes(8, "big"),
            start_time_unix_nano=1,
            end_time_unix_nano=2,
        )
    return message.SerializeToString()


def spans_of(blocks: list[Block]) -> Block:
    """The block of the spans themselves."""
    return next(block for block in blocks if block.table == "otel_traces")


def numbers(blocks: list[Block]) -> list[int]:
    """The numbers of the spans of a slice."""
    return [int(identifier, 16) for identifier in spans_of(blocks).data["SpanId"].to_pylist()]


def segment(blocks: list[Block]) -> int:
    """The number of the slice, as every row of it says."""
    (only,) = spans_of(blocks).data["Segment"].unique().to_pylist()
    return only


def test_a_request_of_120_000_spans_is_three_slices() -> None:
    cut = sliced(parse(Signal.TRACES, [request(120_000)]))
    assert [len(numbers(blocks)) for blocks in cut] == [50_000, 50_000, 20_000]
    assert [number for blocks in cut for number in numbers(blocks)] == list(range(1, 120_001))
    assert [spans_of(blocks).data["Segment"][0].as_py() for blocks in cut] == [
        SEGMENT,
        SEGMENT + 1,
        SEGMENT + 2,
    ]


def test_a_slice_may_end_within_a_request_and_take_the_next_ones() -> None:
    parsed = concat([parse(Signal.TRACES, [request(7, first=first)]) for first in (1, 8, 15, 22)])
    cut = sliced(parsed, max_records=10)
    assert [numbers(blocks) for blocks in cut] == [
        list(range(1, 11)),
        list(range(11, 21)),
        list(range(21, 29)),
    ]


def test_requests_of_many_megabytes_are_read_in_order() -> None:
    sizes = [(1, 20), (21, 1), (22, 30), (52, 9)]
    parts = [request(count, first=first, resource_bytes=300_000) for first, count in sizes]
    (blocks,) = sliced(parse(Signal.TRACES, parts))
    assert numbers(blocks) == list(range(1, 61))


def test_large_resources_make_more_slices() -> None:
    cut = sliced(parse(Signal.TRACES, [request(100, resource_bytes=10_000)]), max_bytes=250_000)
    assert [len(numbers(blocks)) for blocks in cut] == [24, 24, 24, 24, 4]


def test_a_record_larger_than_a_slice_is_a_slice() -> None:
    cut = sliced(parse(Signal.TRACES, [request(3, resource_bytes=10_000)]), max_bytes=100)
    assert [numbers(blocks) for blocks in cut] == [[1], [2], [3]]


def test_rejected_spans_are_left_out_but_counted() -> None:
    (blocks,) = sliced(parse(Signal.TRACES, [request(5, rejected=2)]), first_ordinal=10)
    assert numbers(blocks) == [3, 4, 5]
    versions = spans_of(blocks).data["Version"].to_pylist()
    assert [version % 2**22 for version in versions] == [12, 13, 14]


def test_a_slice_without_a_span_to_store_is_left_out_and_the_others_keep_their_number() -> None:
    parsed = parse(Signal.TRACES, [request(6, rejected=3)])
    cut = sliced(parsed, max_records=2)
    assert [numbers(blocks) for blocks in cut] == [[4], [5, 6]]
    assert [segment(blocks) for blocks in cut] == [SEGMENT + 1, SEGMENT + 2]


def test_a_request_whose_spans_are_all_rejected_is_no_slice() -> None:
    assert sliced(parse(Signal.TRACES, [request(3, rejected=3)])) == []


def test_every_row_says_when_its_request_arrived_and_falls_into_its_partition() -> None:
    day = 86_400_000_000_000
    parsed = concat([parse(Signal.TRACES, [request(2, first=first)]) for first in (1, 3)])
    (blocks,) = sliced(parsed, received=[day * 400 + 5, day * 401 + 5])
    block = spans_of(blocks)
    arrived = block.data["ReceivedAt"].combine_chunks().view("int64").to_pylist()
    assert arrived == [34_560_000_000, 34_560_000_000, 34_646_400_000, 34_646_400_000]
    assert block.partition.to_pylist() == [19_700_101, 19_700_101, 19_700_000, 19_700_000]


def test_a_segment_of_more_slices_than_its_number_has_room_for_is_refused() -> None:
    with pytest.raises(TooLarge, match="1025 slices"):
        sliced(parse(Signal.TRACES, [request(SLICE_LIMIT + 1)]), max_records=1)
