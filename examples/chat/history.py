"""What was said, in SQLite."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class History:
    """Messages by conversation. Every call opens the file anew, so it may come from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS messages "
                "(id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL)"
            )

    def add(self, conversation: str, role: str, text: str) -> int:
        """The new message's id."""
        with self._open() as database:
            added = database.execute(
                "INSERT INTO messages (conversation, role, text) VALUES (?, ?, ?)", (conversation, role, text)
            )
            return added.lastrowid or 0

    def of(self, conversation: str) -> list[tuple[str, str]]:
        """Role and text of its messages, oldest first."""
        with self._open() as database:
            found = database.execute(
                "SELECT role, text FROM messages WHERE conversation = ? ORDER BY id", (conversation,)
            )
            return [(role, text) for role, text in found.fetchall()]

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path)
