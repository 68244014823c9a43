"""A SQLite connection whose every statement becomes a span of the instrumentation."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

FOLDER = Path(os.environ.get("SHOP_DATA", "."))


@contextmanager
def cursor(name: str) -> Generator[sqlite3.Cursor]:
    """A cursor on `<name>.db`; commits when the block ends well."""
    with closing(sqlite3.connect(FOLDER / f"{name}.db", timeout=5)) as connection:
        yield connection.cursor()
        connection.commit()
