"""A journal in a folder of its own, with a consumer that remembers what it was handed."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sonde.journal import Event, Journal, Limits, Record, Segment

# The reserve of free space is tested on a disk of its own.
QUICK = Limits(idle_ms=20, segment_ms=60, retry_first_s=0.01, retry_cap_s=0.05, reserve_bytes=0)

# Closes no segment by itself.
SLOW = Limits(idle_ms=60_000, segment_ms=60_000, reserve_bytes=0)


def make_record(
    name: str, *, size: int = 100, records: int = 1, exempt: bool = False, received_at_ns: int | None = None
) -> Record:
    payload = (name.encode() + b" ").ljust(size, b".")
    return Record(
        tenant="default",
        signal="traces",
        received_at_ns=time.time_ns() if received_at_ns is None else received_at_ns,
        digest=b"" if exempt else hashlib.blake2b(payload, digest_size=16).digest(),
        records=records,
        payload=payload,
    )


def name_of(record: Record) -> str:
    return record.payload.split(b" ", 1)[0].decode()


@dataclass
class Store:
    """What a consumer stores: by segment id, exactly once for each. `hold()` keeps it from returning."""

    stored: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    segments: list[Segment] = field(default_factory=list[Segment])
    failures: list[Exception] = field(default_factory=list[Exception])
    refuse: Callable[[Segment], Exception | None] = lambda segment: None
    _free: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._free.set()

    @property
    def names(self) -> list[str]:
        return [name for names in self.stored.values() for name in names]

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def consume(self, segment: Segment) -> None:
        self.segments.append(segment)
        self._free.wait(20)
        if self.failures:
            raise self.failures.pop(0)
        if (error := self.refuse(segment)) is not None:
            raise error
        if segment.id in self.stored:
            assert segment.attempt > 0, "stored twice without a warning"
            return
        self.stored[segment.id] = [name_of(record) for record in segment.records]


@dataclass
class Bench:
    """A folder, a store and the journals opened one after the other between them."""

    directory: Path
    store: Store = field(default_factory=Store)
    events: list[Event] = field(default_factory=list[Event])
    journals: list[Journal] = field(default_factory=list[Journal])

    def open(
        self,
        *,
        limits: Limits = QUICK,
        decoder_version: int = 1,
        floor: int = 0,
        discard: Callable[[Segment], None] | None = None,
    ) -> Journal:
        journal = Journal(
            self.directory,
            decoder_version=decoder_version,
            consume=self.store.consume,
            discard=discard,
            limits=limits,
            floor=floor,
            on_event=self.events.append,
        )
        self.journals.append(journal)
        journal.start()
        return journal

    def files(self, pattern: str = "*.closed") -> list[Path]:
        return sorted(self.directory.glob(pattern))

    def fill(self, *names: str, decoder_version: int = 1) -> Path:
        """Leave one segment with these records behind, as a process does that stops before it is stored."""
        known = set(self.files())
        journal = self.open(limits=SLOW, decoder_version=decoder_version)
        for name in names:
            journal.append_blocking(make_record(name))
        journal.stop(0)
        (path,) = set(self.files()) - known
        return path


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.005)
