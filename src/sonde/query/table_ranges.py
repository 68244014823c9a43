"""From when to when the records of each table are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sonde.query.attributes import TABLES
from sonde.query.statements import statement

if TYPE_CHECKING:
    from sonde.store import Database

_OTHERS: Final = (("entity_links", "RecordedAt"), ("audit_log", "At"))
"""Tables that are no records, and the column of their time."""


def table_ranges(database: Database) -> dict[str, tuple[int, int]]:
    """The times of the oldest and the newest record of each table that has one, in Unix nanoseconds."""
    timed = [*(each for tables in TABLES.values() for each in tables), *_OTHERS]
    parts = [statement("table_range", table=table, time=time) for table, time in timed]
    rows = database.query("\nUNION ALL\n".join(parts)).rows
    return {table: (oldest, newest) for table, oldest, newest, count in rows if count}
