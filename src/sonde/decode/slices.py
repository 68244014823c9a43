"""Requests cut into slices, each a block for every table it touches; the same requests always cut alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from sonde.decode.blocks import Block, Stamp
from sonde.decode.columns import Index
from sonde.decode.envelope import Envelope, opened
from sonde.decode.flat import FlatReader
from sonde.decode.logs import log_blocks
from sonde.decode.metrics import point_block
from sonde.decode.outline import NESTING, points_by_kind, request_order
from sonde.decode.parsed import Parsed
from sonde.decode.signals import Signal
from sonde.decode.traces import span_blocks
from sonde.errors import TooLarge

SLICE_LIMIT: Final = 1024
"""The most slices of one segment: its number has ten bits for them."""


def slices(
    parsed: Parsed,
    *,
    received_at_ns: Sequence[int],
    segment: int,
    max_records: int = 50_000,
    max_bytes: int = 64 * 1024 * 1024,
    first_ordinal: int = 0,
) -> Iterator[list[Block]]:
    """Yield the blocks of each slice; the rows of slice k say `Segment` = `segment` + k.

    `received_at_ns` holds when each payload arrived. A slice has at most `max_records` records and, unless
    a single one is larger, an estimated `max_bytes`. Records that cannot be stored are left out, but count
    in the numbering: the ordinal of a record is `first_ordinal` plus its position among all records of
    `parsed`.

    Raises TooLarge, before the first slice, if there would be more than 1024.
    """
    outline = parsed.outline
    ranges = list(_ranges(outline.weights, max_records, max_bytes))
    if len(ranges) > SLICE_LIMIT:
        raise TooLarge(f"cannot cut {parsed.signal} of one segment into {len(ranges)} slices")
    received = np.asarray(received_at_ns, np.int64)
    ends = np.cumsum(outline.counts)
    reader = FlatReader(parsed)
    for number, (begin, end) in enumerate(ranges):
        first, last = (int(np.searchsorted(ends, position, side="right")) for position in (begin, end - 1))
        batch = reader.read(first, last, shares_last=bool(end < ends[last]))
        base = int(ends[first] - outline.counts[first])
        wanted = np.zeros(int(ends[last]) - base, np.bool_)
        wanted[begin - base : end - base] = outline.faults[begin:end] == 0
        if not wanted.any():
            continue
        yield _blocks(
            parsed.signal,
            batch,
            wanted,
            Stamp(
                segment=segment + number,
                ordinals=np.arange(first_ordinal + base, first_ordinal + base + len(wanted)),
                received_at_ns=received[first : last + 1],
            ),
        )


def _ranges(weights: Index, max_records: int, max_bytes: int) -> Iterator[tuple[int, int]]:
    total = np.cumsum(weights)
    begin = 0
    while begin < len(total):
        before = int(total[begin - 1]) if begin else 0
        fits = int(np.searchsorted(total, before + max_bytes, side="right"))
        end = min(max(fits, begin + 1), begin + max_records, len(total))
        yield begin, end
        begin = end


def _blocks(signal: Signal, batch: pa.RecordBatch, wanted: np.ndarray, stamp: Stamp) -> list[Block]:
    """The blocks of the wanted records; `stamp` is of all records of the batch, and of its requests."""
    records, envelope = opened(batch, *NESTING[signal])
    if signal is Signal.METRICS:
        return _metric_blocks(records, envelope, wanted, stamp)
    chosen = np.flatnonzero(wanted)
    if len(chosen) < len(wanted):
        records = records.take(pa.array(chosen))
        envelope = envelope.take(chosen)
    make = span_blocks if signal is Signal.TRACES else log_blocks
    return make(records, envelope, _stamp(stamp, chosen, envelope))


def _metric_blocks(metrics: pa.Array, envelope: Envelope, wanted: np.ndarray, stamp: Stamp) -> list[Block]:
    kinds = list(points_by_kind(metrics))
    positions = request_order([envelope.request_of[metric_of] for _, _, metric_of in kinds])
    blocks: list[Block] = []
    for (kind, points, metric_of), position in zip(kinds, positions, strict=True):
        chosen = np.flatnonzero(wanted[position])
        if not len(chosen):
            continue
        if len(chosen) < len(points):
            points = points.take(pa.array(chosen))
        metric_of = metric_of[chosen]
        around = envelope.take(metric_of)
        blocks.append(
            point_block(kind, points, metrics, metric_of, around, _stamp(stamp, position[chosen], around))
        )
    return blocks


def _stamp(stamp: Stamp, chosen: Index, envelope: Envelope) -> Stamp:
    return Stamp(stamp.segment, stamp.ordinals[chosen], stamp.received_at_ns[envelope.request_of])
