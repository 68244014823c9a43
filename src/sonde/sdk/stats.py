"""What became of the telemetry of this process: what was sent, what was dropped and why."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    """Records of a signal (`traces`, `logs`, `metrics`) that are lost, for one reason."""

    signal: str
    reason: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of records since the process began, by signal.

    `waiting` are in memory, `spooled` were put on disk by this process, `dropped` are lost.
    """

    sent: Mapping[str, int]
    dropped: tuple[Dropped, ...]
    waiting: Mapping[str, int]
    spooled: Mapping[str, int]

    @property
    def dropped_total(self) -> int:
        """Records of all signals that are lost."""
        return sum(each.count for each in self.dropped)

    def in_words(self) -> str:
        """What was dropped, why and since when: `12 traces (queue full, since 12:03:04)`."""
        return ", ".join(
            f"{each.count} {each.signal} ({each.reason}, since {each.since.astimezone():%H:%M:%S})"
            for each in self.dropped
        )


class Tally:
    """Counts while records pass by. Safe in several threads."""

    def __init__(self) -> None:
        # A signal handler's record may be dropped while another one is being counted.
        self._lock = threading.RLock()
        self._sent: dict[str, int] = {}
        self._spooled: dict[str, int] = {}
        self._dropped: dict[tuple[str, str], tuple[int, datetime]] = {}

    def sent(self, signal: str, count: int) -> None:
        """So many records were taken by the backend."""
        with self._lock:
            self._sent[signal] = self._sent.get(signal, 0) + count

    def spooled(self, signal: str, count: int) -> None:
        """So many records were put on disk."""
        with self._lock:
            self._spooled[signal] = self._spooled.get(signal, 0) + count

    def dropped(self, signal: str, reason: str, count: int = 1) -> None:
        """So many records are lost."""
        with self._lock:
            before, since = self._dropped.get((signal, reason)) or (0, datetime.now(UTC))
            self._dropped[signal, reason] = before + count, since

    def reset(self) -> None:
        """Begin at zero, as a forked child does. The lock may have been held in the parent."""
        self.__init__()

    def stats(self, waiting: Mapping[str, int]) -> Stats:
        """All of it, with how much waits."""
        with self._lock:
            return Stats(
                dict(self._sent),
                tuple(Dropped(*key, *value) for key, value in self._dropped.items()),
                dict(waiting),
                dict(self._spooled),
            )


def stats() -> Stats:
    """What became of the telemetry of this process; all zero where `configure()` was not called."""
    from sonde.sdk.configure import configured

    telemetry = configured()
    return telemetry.exporter.stats() if telemetry else Tally().stats({})
