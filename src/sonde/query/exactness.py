"""Whether an aggregate over spans counts newest versions only.

`FINAL` reads the ids of all rows and merges them: it costs twice the aggregate where parts are not merged
yet, nothing where a partition is one part. So it is left out above a number of unmerged rows, and the
answer says so: until the engine merges them, a span sent twice is then counted twice. An open span and its
end never are: open spans are counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sonde.query.statements import statement
from sonde.query.time import TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

UNMERGED_ROWS_AT_MOST = 500_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read `otel_traces`, or a table with its key and versions."""

    exact: bool

    @property
    def final(self) -> str:
        """What follows the name of the table."""
        return "FINAL" if self.exact else ""

    @property
    def settings(self) -> dict[str, object]:
        """Settings of the statement: versions of a span are in one partition, that of its start."""
        return {"do_not_merge_across_partitions_select_final": 1}


def reading(database: Database, range_: TimeRange, table: str = "otel_traces") -> Reading:
    """The way to read the spans of a range of time."""
    unmerged = database.query(statement("unmerged_rows"), {**range_.params, "table": table}).one()[0]
    return Reading(unmerged <= UNMERGED_ROWS_AT_MOST)
