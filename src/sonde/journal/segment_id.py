"""Segment ids: `(milliseconds since 2020-01-01 UTC) << 22 | 12 random bits << 10 | slice`.

Within one journal no two segments share a millisecond, so all 4096 random values of a millisecond
belong to its segment: the parts of a refused segment take the ones that follow.
"""

from __future__ import annotations

EPOCH_MS = 1_577_836_800_000
RANDOM_BITS = 12
SLICE_BITS = 10
_TIME_SHIFT = RANDOM_BITS + SLICE_BITS
_RANDOM_MASK = (1 << RANDOM_BITS) - 1


def make_segment_id(wall_ms: int, floor: int, random: int) -> int:
    """The id of a new segment, in a later millisecond than the id `floor`, also when the clock went back.

    `wall_ms` is Unix time, `random` at least 12 random bits.
    """
    since_epoch_ms = max(wall_ms - EPOCH_MS, (floor >> _TIME_SHIFT) + 1)
    return since_epoch_ms << _TIME_SHIFT | (random & _RANDOM_MASK) << SLICE_BITS


def part_segment_id(segment: int, part: int) -> int:
    """The id of part `part` (0: the whole) of a segment, the same at every call."""
    random = ((segment >> SLICE_BITS) + part) & _RANDOM_MASK
    return (segment >> _TIME_SHIFT) << _TIME_SHIFT | random << SLICE_BITS


def wall_ms(segment: int) -> int:
    """Unix time in milliseconds at which the segment was opened, as far as its id tells."""
    return (segment >> _TIME_SHIFT) + EPOCH_MS
