"""What the journal knows at any moment, shared by callers, committer and consumer. No file I/O.

Every method takes the lock for a short time. Tickets are appends under way, numbered in order; segments
found at start take the first numbers, so that a flush knows what came before it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from sonde.errors import JournalUnavailable, Overloaded
from sonde.journal.codec import encoded_bytes
from sonde.journal.limits import Limits, retry_after_s
from sonde.journal.record import Appended, Record
from sonde.journal.segment_file import SegmentFile
from sonde.journal.stats import Counters, JournalStats
from sonde.journal.waiter import Failure, Outcome, TryAgain, Waiter, deliver
from sonde.journal.window import DigestWindow

_AT_LEAST_EVERY_S = 60.0
"""How long the committer waits at most before it looks again."""


@dataclass(slots=True, eq=False)
class Ticket:
    """An append under way; `twins` wait for the same request that came again."""

    number: int
    record: Record
    attachment: object | None
    size_bytes: int
    waiter: Waiter
    twins: list[Waiter] = field(default_factory=list[Waiter])


@dataclass(slots=True)
class OpenSegment:
    """What is committed to the segment that is being written."""

    since_s: float = 0.0
    first_ticket: int = 0
    last_ticket: int = 0
    size_bytes: int = 0
    count: int = 0
    """Spans, log records and data points."""
    records: list[Record] = field(default_factory=list[Record])
    attachments: dict[int, object] = field(default_factory=dict[int, object])


@dataclass(frozen=True, slots=True)
class Work:
    """What the committer does next: commit `tickets`, or with none close the segment, or end."""

    tickets: list[Ticket]
    end: bool = False


class Ledger:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        lock = threading.Lock()
        self._lock = lock
        self._work = threading.Condition(lock)
        self._arrived = threading.Condition(lock)
        self._accepting = False
        self._committer_ended = False
        self._drain_until_s: float | None = None
        self._window = DigestWindow(limits.dedup_window_s, limits.dedup_entries)
        self._under_way: dict[bytes, Ticket] = {}
        self._tickets = 0
        self._pending: deque[Ticket] = deque()
        self._committing = 0
        self._pending_bytes = 0
        self._open = OpenSegment()
        self._waiting: deque[SegmentFile] = deque()
        self._live_bytes = 0
        self._consuming = False
        self._close_through = 0
        self._stored_through = 0
        self._flushes: list[tuple[int, Waiter]] = []
        self._bytes_per_s = 0.0
        self._pause_until_s = 0.0
        self._write_error = ""
        self._store_error = ""
        self._counters = Counters()

    # Callers

    def restore(
        self, found: Iterable[SegmentFile], digests: Iterable[tuple[float, bytes]], damaged: int
    ) -> None:
        """Begin with the segments of an earlier process and with `(accepted_s, digest)` in order of time;
        from now on appends are taken."""
        with self._lock:
            for file in found:
                self._tickets += 1
                file.last_ticket = self._tickets
                self._waiting.append(file)
                self._live_bytes += file.size_bytes
                self._counters.replayed_segments += 1
            for accepted_s, digest in digests:
                self._window.add(digest, accepted_s)
            self._window.trim(time.monotonic())
            self._counters.damaged = damaged
            self._accepting = True

    def require_room(self, size_bytes: int) -> None:
        """Raises Overloaded when a record of at least this size would be refused now."""
        with self._lock:
            self._require_room(size_bytes)

    def offer(self, record: Record, attachment: object | None, waiter: Waiter) -> Appended | None:
        """Take a record to be committed; None means that `waiter` will get the outcome.
        Raises Overloaded, JournalUnavailable, ValueError."""
        size_bytes = encoded_bytes(record)
        with self._lock:
            if not self._accepting:
                raise JournalUnavailable("cannot journal the request: the journal is closed")
            if record.digest:
                if self._window.has(record.digest, time.monotonic()):
                    self._counters.duplicates += 1
                    return Appended.DUPLICATE
                if (first := self._under_way.get(record.digest)) is not None:
                    first.twins.append(waiter)
                    return None
            self._require_room(size_bytes)
            self._tickets += 1
            ticket = Ticket(self._tickets, record, attachment, size_bytes, waiter)
            self._pending.append(ticket)
            self._pending_bytes += size_bytes
            if record.digest:
                self._under_way[record.digest] = ticket
            self._work.notify()
        return None

    def flush(self, waiter: Waiter) -> bool:
        """Have all that was offered so far closed and consumed; False means that it is already, else
        `waiter` will be told."""
        with self._lock:
            if self._is_drained():
                return False
            self._close_through = self._tickets
            self._flushes.append((self._tickets, waiter))
            self._work.notify()
        return True

    def refuse_appends(self, drain_until_s: float) -> None:
        """Begin to stop: take no more, and consume until the monotonic time `drain_until_s`."""
        with self._lock:
            self._accepting = False
            self._drain_until_s = drain_until_s
            self._work.notify()
            self._arrived.notify_all()

    def is_drained(self) -> bool:
        """Whether nothing waits to be committed or consumed."""
        with self._lock:
            return self._is_drained()

    def stats(self, set_aside: int) -> JournalStats:
        """A snapshot; `set_aside` is how many files are."""
        with self._lock:
            now_s = time.monotonic()
            oldest_s = self._waiting[0].accepted_s if self._waiting else self._open.since_s or now_s
            return JournalStats(
                **asdict(self._counters),
                bytes=self._total_bytes(),
                pending_bytes=self._pending_bytes,
                segments=len(self._waiting),
                oldest_age_s=max(0.0, now_s - oldest_s),
                set_aside=set_aside,
                digests=len(self._window),
                digests_evicted=self._window.evicted,
                write_error=self._write_error,
                store_error=self._store_error,
            )

    # Committer

    def next_work(self) -> Work:
        """Wait for something to commit, or for the time to close the open segment."""
        with self._lock:
            while True:
                now_s = time.monotonic()
                if self._open.records and self._due_in_s(now_s) <= 0:
                    return Work([])
                if self._pending:
                    return Work(self._take_fitting())
                if not self._accepting:
                    return Work([], end=not self._open.records)
                self._work.wait(self._due_in_s(now_s) if self._open.records else None)

    def committed(self, tickets: list[Ticket], fsync_s: float) -> bool:
        """The tickets are on disk. True when the journal could not be written before."""
        outcomes: list[tuple[Waiter, Outcome]] = []
        with self._lock:
            now_s = time.monotonic()
            opened = self._open
            if not opened.records:
                opened.since_s, opened.first_ticket = now_s, tickets[0].number
            opened.last_ticket = tickets[-1].number
            for ticket in tickets:
                record = ticket.record
                if ticket.attachment is not None:
                    opened.attachments[len(opened.records)] = ticket.attachment
                opened.records.append(record)
                opened.size_bytes += ticket.size_bytes
                opened.count += record.records
                self._counters.appended += 1
                self._counters.appended_records += record.records
                self._counters.appended_bytes += ticket.size_bytes
                if record.digest:
                    self._window.add(record.digest, now_s)
                self._settle(ticket, Appended.STORED, Appended.DUPLICATE, outcomes)
                self._counters.duplicates += len(ticket.twins)
            self._counters.fsyncs += 1
            self._counters.fsync_s += fsync_s
            recovered = bool(self._write_error)
            self._write_error = ""
            self._committing = 0
        deliver(outcomes)
        return recovered

    def failed(self, tickets: list[Ticket], message: str) -> bool:
        """The tickets are not on disk and will not be. True when the journal could be written before."""
        outcomes: list[tuple[Waiter, Outcome]] = []
        with self._lock:
            for ticket in tickets:
                self._settle(ticket, Failure(message), TryAgain(), outcomes)
            self._counters.unavailable += len(tickets)
            news = not self._write_error
            self._write_error = message
            self._committing = 0
            self._take_flushed(outcomes)
        deliver(outcomes)
        return news

    def closed(self, make: SegmentFile) -> None:
        """The open segment is closed and waits from now on."""
        with self._lock:
            opened, self._open = self._open, OpenSegment()
            make.last_ticket = opened.last_ticket
            make.accepted_s = opened.since_s
            in_memory = sum(file.records is not None or file is self._waiting[0] for file in self._waiting)
            if in_memory < self._limits.segments_in_memory:
                make.records, make.attachments = opened.records, opened.attachments
            self._waiting.append(make)
            self._live_bytes += make.size_bytes
            self._arrived.notify()

    def committer_ended(self) -> None:
        with self._lock:
            self._committer_ended = True
            self._arrived.notify_all()

    # Consumer

    def next_segment(self, timeout_s: float | None) -> SegmentFile | None:
        """The oldest segment, as soon as there is one; None after `timeout_s` or when it is time to end."""
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        with self._lock:
            self._consuming = False
            self._work.notify()
            while True:
                if self._is_over():
                    return None
                if self._waiting:
                    self._consuming = True
                    return self._waiting[0]
                left_s = None if until_s is None else until_s - time.monotonic()
                if left_s is not None and left_s <= 0:
                    return None
                self._arrived.wait(left_s)

    def is_over(self) -> bool:
        """Whether the consumer should end: stopping, and either nothing is left to do or no time."""
        with self._lock:
            return self._is_over()

    def is_stopping(self) -> bool:
        with self._lock:
            return self._drain_until_s is not None

    def pause(self, pause_s: float, error: str) -> None:
        """Wait before the next try, at most until the journal stops."""
        until_s = time.monotonic() + pause_s
        with self._lock:
            self._store_error = error
            self._counters.retries += 1
            self._pause_until_s = until_s
            while self._drain_until_s is None and (left_s := until_s - time.monotonic()) > 0:
                self._arrived.wait(left_s)

    def refused(self) -> None:
        with self._lock:
            self._counters.refused += 1

    def damaged(self) -> None:
        with self._lock:
            self._counters.damaged += 1

    def consumed(self, file: SegmentFile, seconds: float) -> bool:
        """The oldest segment is done. True when it had failed before."""
        outcomes: list[tuple[Waiter, Outcome]] = []
        with self._lock:
            self._waiting.popleft()
            self._counters.consumed_segments += 1
            self._counters.consumed_bytes += file.size_bytes
            rate = file.size_bytes / max(seconds, 1e-3)
            self._bytes_per_s = rate if not self._bytes_per_s else 0.8 * self._bytes_per_s + 0.2 * rate
            recovered = bool(self._store_error)
            self._store_error = ""
            self._stored_through = file.last_ticket
            self._take_flushed(outcomes)
        deliver(outcomes)
        return recovered

    def removed(self, file: SegmentFile) -> None:
        """The file of a consumed segment is gone."""
        with self._lock:
            self._live_bytes -= file.size_bytes
            self._window.trim(time.monotonic())

    # With the lock held

    def _total_bytes(self) -> int:
        return self._live_bytes + self._open.size_bytes + self._pending_bytes

    def _is_drained(self) -> bool:
        return not (self._pending or self._committing or self._open.records or self._waiting)

    def _is_over(self) -> bool:
        if self._drain_until_s is None:
            return False
        return time.monotonic() >= self._drain_until_s or (self._committer_ended and not self._waiting)

    def _require_room(self, size_bytes: int) -> None:
        limits = self._limits
        over_bytes = self._total_bytes() + size_bytes - limits.max_bytes
        if over_bytes > 0:
            self._counters.overloaded += 1
            pause_s = self._pause_until_s - time.monotonic()
            raise Overloaded(
                f"cannot take the request: the journal is at its limit of {limits.max_bytes} bytes",
                hint="The store does not keep up; send again later.",
                retry_after_s=retry_after_s(over_bytes, self._bytes_per_s, pause_s),
            )
        if self._pending and self._pending_bytes + size_bytes > limits.pending_bytes:
            self._counters.overloaded += 1
            raise Overloaded(
                f"cannot take the request: {self._pending_bytes} bytes wait to be written to the journal",
                hint="The disk does not keep up; send again later.",
                retry_after_s=1,
            )

    def _due_in_s(self, now_s: float) -> float:
        opened, limits = self._open, self._limits
        wanted = opened.first_ticket <= self._close_through or not self._accepting
        full = opened.size_bytes >= limits.segment_bytes or opened.count >= limits.segment_records
        if full or (wanted and not self._pending):
            return 0.0
        if len(self._waiting) > 1:
            # The consumer is behind: what it takes next grows until then, for a large segment takes it hardly
            # longer than a small one. It tells when it is done.
            return _AT_LEAST_EVERY_S
        idle = not self._waiting and not self._consuming
        return opened.since_s + (limits.idle_ms if idle else limits.segment_ms) / 1000 - now_s

    def _take_fitting(self) -> list[Ticket]:
        limits = self._limits
        size_bytes, count = self._open.size_bytes, self._open.count
        taken: list[Ticket] = []
        while self._pending:
            ticket = self._pending[0]
            size_bytes += ticket.size_bytes
            count += ticket.record.records
            over = size_bytes > limits.segment_bytes or count > limits.segment_records
            # A request over the limits has a segment of its own.
            if over and (taken or self._open.records):
                break
            taken.append(self._pending.popleft())
        self._committing = len(taken)
        return taken

    def _settle(
        self, ticket: Ticket, outcome: Outcome, for_twins: Outcome, outcomes: list[tuple[Waiter, Outcome]]
    ) -> None:
        self._pending_bytes -= ticket.size_bytes
        if ticket.record.digest:
            del self._under_way[ticket.record.digest]
        outcomes.append((ticket.waiter, outcome))
        outcomes.extend((twin, for_twins) for twin in ticket.twins)

    def _take_flushed(self, outcomes: list[tuple[Waiter, Outcome]]) -> None:
        if not self._flushes:
            return
        through = self._tickets if self._is_drained() else self._stored_through
        outcomes.extend((waiter, Appended.STORED) for ticket, waiter in self._flushes if ticket <= through)
        self._flushes = [(ticket, waiter) for ticket, waiter in self._flushes if ticket > through]
