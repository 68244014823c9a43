"""Some blocks of rows instead of all: what an answer costs is then bounded, however many records there are.

A block is a granule or two, the least that the engine reads: where a condition holds for no row of it, its
other columns are not read. Spans lie in the order of their trace ids within an hour, so a block of them is a
random sample of whole traces; a block of logs is some seconds of one service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sonde.query.search import Condition
from sonde.query.statements import statement
from sonde.query.time import TimeRange

if TYPE_CHECKING:
    from sonde.store import Database


@dataclass(frozen=True, slots=True)
class Blocks:
    """Every `stride`-th block; all of them if it is 1."""

    stride: int

    @property
    def sql(self) -> str:
        """The condition on a row: 1 where all are wanted, as FINAL knows no blocks."""
        # The part's name decides where to begin: else the first block of every small part would be there.
        every = "(intDiv(_part_offset, 4096) + cityHash64(_part)) % {stride:UInt32} = 0"
        return every if self.stride > 1 else "1"

    @property
    def params(self) -> Mapping[str, object]:
        """Values of its places."""
        return {"stride": self.stride} if self.stride > 1 else {}


def rows_to_read(database: Database, table: str, time: str, wanted: Condition, range_: TimeRange) -> int:
    """How many rows the engine would look at, by its indexes alone."""
    rows = database.query(
        statement("rows_to_read", table=table, time=time, condition=wanted.sql),
        {**wanted.params, **range_.params},
    ).rows
    return sum(int(row[3]) for row in rows)


def first_in(maps: Sequence[str], key: str) -> str:
    """The expression of a key's value in the first of these map columns that has one.

    It does not ask whether the key is there: that reads the keys of the whole map, three times the cost of
    its one value.
    """
    *others, last = maps
    held = "".join(f"{each}[{key}] != '', {each}[{key}], " for each in others)
    return f"multiIf({held}{last}[{key}])" if held else f"{last}[{key}]"
