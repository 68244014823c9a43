"""Blocks as plain rows that compare by value, and a short way to make them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.unit.decode.oracle import Row, Tables

from sonde.decode import Block, Parsed, Signal, parse, slices

SEGMENT = 206_000_000_000 << 22 | 5 << 10
RECEIVED = 1_790_000_000_123_456_789
REPOSITORY = Path(__file__).resolve().parents[3]
SCHEMA = REPOSITORY / "src" / "sonde" / "store" / "schema"


def decoded(
    signal: Signal, payloads: Sequence[bytes], received: Sequence[int] | None = None
) -> list[list[Block]]:
    """All slices of these payloads."""
    return sliced(parse(signal, payloads), received)


def sliced(parsed: Parsed, received: Sequence[int] | None = None, **limits: Any) -> list[list[Block]]:
    """All slices of what is parsed; by default every payload arrived at RECEIVED."""
    arrivals = received or [RECEIVED] * len(parsed.payloads)
    return list(slices(parsed, received_at_ns=arrivals, segment=SEGMENT, **limits))


def rows_of(blocks: Iterable[Block], *, derived: bool = False) -> Tables:
    """The rows of every block, by table, each with its partition."""
    rows: Tables = {}
    for block in blocks:
        if block.derived == derived:
            rows.setdefault(block.table, []).extend(plain_rows(block))
    return rows


def plain_rows(block: Block) -> list[Row]:
    """Times as integers, maps as dictionaries, lists as lists."""
    columns = {name: _plain(block.data[name]) for name in block.data.column_names}
    columns["partition"] = block.partition.to_pylist()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def same(one: Any, other: Any) -> bool:
    """Equal, counting NaN as equal to itself."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case float(), float():
            return one == other or (math.isnan(one) and math.isnan(other))
        case _:
            return type(one) is type(other) and one == other


def _plain(column: pa.ChunkedArray | pa.Array) -> list[Any]:
    combined = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(combined, pa.ChunkedArray):
        return [value for chunk in combined.chunks for value in _plain(chunk)]
    kind = combined.type
    if pa.types.is_timestamp(kind):
        return combined.view(pa.int64()).to_pylist()
    if pa.types.is_map(kind):
        pairs = combined.to_pylist()
        assert all(len(dict(row)) == len(row) for row in pairs), "a key is twice in a map"
        return [dict(row) for row in pairs]
    if pa.types.is_list(kind):
        flat = _plain(combined.values)
        offsets = combined.offsets.to_pylist()
        return [flat[begin:end] for begin, end in itertools.pairwise(offsets)]
    return combined.to_pylist()
