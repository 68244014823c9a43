"""Blocks of spans for tests, as columns."""

from __future__ import annotations

import datetime

import pyarrow as pa

NOON = datetime.datetime(2026, 1, 5, 12, tzinfo=datetime.UTC)
SEGMENT = 7 << 22


def span_block(
    rows: int, *, days: int = 1, segment: int = SEGMENT, attributes: int = 2, width: int = 10
) -> tuple[pa.Table, pa.Array]:
    """`rows` spans, dealt in turn to `days` successive days, and the partition of each.

    Segments have no span in common.
    """
    dates = [NOON + datetime.timedelta(days=day) for day in range(days)]
    day_of = [number % days for number in range(rows)]
    values = [f"{number:0{width}}" for number in range(100)]
    pairs = [[(f"key.{key}", values[number % 100]) for key in range(attributes)] for number in range(rows)]
    table = pa.table(
        {
            "Timestamp": pa.array([dates[day] for day in day_of], pa.timestamp("ns")),
            "TraceId": pa.array([f"{number // 9:032x}" for number in range(rows)]),
            "SpanId": pa.array([f"{segment % 2**32:08x}{number + 1:08x}" for number in range(rows)]),
            "SpanName": pa.array(["GET /cart"] * rows),
            "ServiceName": pa.array(["checkout"] * rows).dictionary_encode(),
            "SpanAttributes": pa.array(pairs, pa.map_(pa.string(), pa.string())),
            "Segment": pa.array([segment] * rows, pa.uint64()),
            "Version": pa.array([(1 << 63) | number for number in range(rows)], pa.uint64()),
            "ReceivedAt": pa.array([NOON] * rows, pa.timestamp("ms")),
        }
    )
    partitions = [int(f"{date:%Y%m%d}") for date in dates]
    return table, pa.array([partitions[day] for day in day_of], pa.uint32())
