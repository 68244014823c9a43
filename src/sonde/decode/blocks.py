"""What the decoder hands to the store, and what every maker of blocks is told."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from sonde.decode.columns import Index


@dataclass(frozen=True, slots=True)
class Block:
    """Rows for one table."""

    table: str
    data: pa.Table
    partition: pa.Array
    """Of each row (uint32), the partition it falls into."""
    derived: bool
    """Whether the table's engine merges rows so that inserting this block again changes nothing."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What identifies the rows of a slice."""

    segment: int
    """The value of the column `Segment`, the slice's number already added."""
    ordinals: Index
    """Of each row, its position in the segment."""
    received_at_ns: Index
    """Of each row, when its request arrived."""
