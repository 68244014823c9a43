"""From when to when the records of each table are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sonde.query.attributes import TABLES
from sonde.query.statements import statement

if TYPE_CHECKING:
    from sonde.store import Database


def table_ranges(database: Database) -> dict[str, tuple[int, int]]:
    """The times of the oldest and the newest record of each table that has one, in Unix nanoseconds."""
    parts = [
        statement("table_range", table=table, time=time)
        for tables in TABLES.values()
        for table, time in tables
    ]
    rows = database.query("\nUNION ALL\n".join(parts)).rows
    return {table: (oldest, newest) for table, oldest, newest, count in rows if count}
