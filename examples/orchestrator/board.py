"""The board that all three processes share: tasks, members, commits, the plan, and their copies elsewhere.

Each row knows the trace that wrote it last.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

KINDS = ("member", "task", "commit", "plan")

_SCHEMA = """
CREATE TABLE items (
    kind TEXT, id TEXT, content TEXT, revision INTEGER, trace_id TEXT, PRIMARY KEY (kind, id)
);
CREATE TABLE copies (
    kind TEXT, id TEXT, content TEXT, revision INTEGER, trace_id TEXT, PRIMARY KEY (kind, id)
);
CREATE TABLE phase (name TEXT);
INSERT INTO phase VALUES ('plan');
"""

_FIRST_ITEMS = [
    ("member", "ada", "active"),
    ("member", "bob", "active"),
    ("member", "cyd", "left"),
    ("task", "task_1", "todo"),
    ("task", "task_2", "todo"),
    ("task", "task_3", "todo"),
    ("task", "task_4", "todo"),
]


@dataclass(frozen=True)
class Item:
    """Something on the board, or its copy."""

    kind: str
    id: str
    content: str
    revision: int
    trace_id: str


class Board:
    """The board in a SQLite file; every call is a transaction of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> Board:
        """A new board with its members and tasks."""
        board = cls(path)
        with board._cursor() as cursor:
            cursor.executescript(_SCHEMA)
            cursor.executemany("INSERT INTO items VALUES (?, ?, ?, 1, '')", _FIRST_ITEMS)
        return board

    @property
    def phase(self) -> str:
        with self._cursor() as cursor:
            return str(cursor.execute("SELECT name FROM phase").fetchone()[0])

    @phase.setter
    def phase(self, name: str) -> None:
        with self._cursor() as cursor:
            cursor.execute("UPDATE phase SET name = ?", (name,))

    def items(self, kind: str, *, copies: bool = False) -> list[Item]:
        """What is there of a kind, or its copies, by id."""
        table = "copies" if copies else "items"
        with self._cursor() as cursor:
            rows = cursor.execute(
                f"SELECT kind, id, content, revision, trace_id FROM {table} WHERE kind = ? ORDER BY id",
                (kind,),
            )
            return [Item(*row) for row in rows]

    def put(self, kind: str, id: str, content: str, trace_id: str) -> None:
        """Add an item, or change it: its revision goes up by one."""
        with self._cursor() as cursor:
            cursor.execute(
                "INSERT INTO items VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE"
                " SET content = excluded.content, revision = revision + 1, trace_id = excluded.trace_id",
                (kind, id, content, trace_id),
            )

    def copy(self, item: Item, trace_id: str, content: str | None = None) -> None:
        """Write an item's copy."""
        with self._cursor() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO copies VALUES (?, ?, ?, ?, ?)",
                (item.kind, item.id, item.content if content is None else content, item.revision, trace_id),
            )

    @contextmanager
    def _cursor(self) -> Iterator[sqlite3.Cursor]:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection:
            yield connection.cursor()
            connection.commit()
