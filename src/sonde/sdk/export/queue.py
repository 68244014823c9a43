"""Records that wait to be sent, bounded by number and by memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Record = TypeVar("Record")


class BoundedQueue(Generic[Record]):
    """Filled by any thread, emptied by one. No locks: a signal handler may interrupt it anywhere.

    `measure` estimates a record's memory in bytes.
    """

    def __init__(self, max_records: int, max_bytes: int, measure: Callable[[Record], int]) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._measure = measure
        self._records: deque[tuple[Record, int]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._records)

    def put(self, record: Record) -> int:
        """Add a record; answers how many wait now, 0 if there was no room."""
        size = self._measure(record)
        waiting = len(self._records)
        if waiting >= self._max_records or self._bytes + size > self._max_bytes:
            return 0
        self._bytes += size
        self._records.append((record, size))
        return waiting + 1

    def take(self, most: int, most_bytes: int) -> list[Record]:
        """Remove and return the oldest records: `most` at most, and none after `most_bytes` are reached."""
        taken: list[Record] = []
        while len(taken) < most and most_bytes > 0:
            try:
                record, size = self._records.popleft()
            except IndexError:
                # Nothing waits, so what two threads may have added at the same moment is forgotten here.
                self._bytes = 0
                break
            self._bytes -= size
            most_bytes -= size
            taken.append(record)
        return taken

    def limit(self, max_records: int, max_bytes: int) -> None:
        """Change the bounds; what is above them already stays."""
        self._max_records = max_records
        self._max_bytes = max_bytes

    def clear(self) -> None:
        """Forget everything, as a forked child does."""
        self._records = deque()
        self._bytes = 0
