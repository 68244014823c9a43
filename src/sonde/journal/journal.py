"""The journal: what was accepted is on disk, and stays there until it is stored."""

from __future__ import annotations

import asyncio
import concurrent.futures
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from sonde.errors import JournalUnavailable
from sonde.journal import files
from sonde.journal.aside import Aside
from sonde.journal.committer import Committer
from sonde.journal.consumer import Consumer
from sonde.journal.digest_log import DigestLog
from sonde.journal.ledger import Ledger
from sonde.journal.limits import Limits
from sonde.journal.record import Appended, Record, Segment
from sonde.journal.recovery import Recovery
from sonde.journal.stats import Event, EventKind, JournalStats, log_event
from sonde.journal.waiter import Failure, LoopWaiter, Outcome, ThreadWaiter, TryAgain


class Journal:
    """Takes records, acknowledges them once they are on disk, and has them consumed in order.

    `consume(segment)` runs in a thread of the journal; when it returns, all of the segment is stored and its
    file is removed. It raises Retry when the store is away, Refused when the store will never take the
    segment; then `discard(segment)` is called, which removes from the store whatever it holds of that
    segment id, before the records are consumed in parts under other ids. `floor` is a segment id that
    new ones must be above, e.g. the newest in the store. `on_event` is called in the journal's threads and
    must not raise.
    """

    def __init__(
        self,
        directory: Path,
        *,
        decoder_version: int,
        consume: Callable[[Segment], None],
        discard: Callable[[Segment], None] | None = None,
        limits: Limits | None = None,
        floor: int = 0,
        on_event: Callable[[Event], None] = log_event,
    ) -> None:
        self._directory = directory
        self._decoder_version = decoder_version
        self._consume = consume
        self._discard = discard
        self._limits = limits or Limits()
        self._floor = floor
        self._on_event = on_event
        self._ledger = Ledger(self._limits)
        self._aside = Aside(directory)
        self._lock_fd = -1
        self._committer: Committer | None = None
        self._consumer: Consumer | None = None

    def start(self) -> None:
        """Read what an earlier process left and begin to take appends. To be called once.

        Raises JournalUnavailable when the folder can't be made, read or written, or another process has
        it open."""
        try:
            self._open()
        except OSError as error:
            self._unlock()
            reason = error.strerror or str(error)
            raise JournalUnavailable(f"cannot open journal {self._directory}: {reason}") from error

    def require_room(self, size_bytes: int) -> None:
        """Ask, before work is spent on it, whether a record of at least this size would be refused now.

        Raises Overloaded.
        """
        self._ledger.require_room(size_bytes)

    async def append(self, record: Record, attachment: object | None = None) -> Appended:
        """Write `record`; on return it is on disk. `attachment`, e.g. the decoded payload, reaches the
        consumer with the record as long as memory allows.

        Raises Overloaded at once when the journal is at a limit, JournalUnavailable when it can't be
        written: then the record is not stored, and sending it again is safe. Where the caller is cancelled
        the record may be stored."""
        loop = asyncio.get_running_loop()
        while True:
            future: asyncio.Future[Outcome] = loop.create_future()
            outcome = self._ledger.offer(record, attachment, LoopWaiter(loop, future)) or await future
            if not isinstance(outcome, TryAgain):
                return _result(outcome)

    def append_blocking(self, record: Record, attachment: object | None = None) -> Appended:
        """As `append`, for threads."""
        while True:
            future: concurrent.futures.Future[Outcome] = concurrent.futures.Future()
            outcome = self._ledger.offer(record, attachment, ThreadWaiter(future)) or future.result()
            if not isinstance(outcome, TryAgain):
                return _result(outcome)

    async def flush(self, timeout_s: float) -> None:
        """Have everything appended so far consumed. Raises TimeoutError when that takes longer."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        if self._ledger.flush(LoopWaiter(loop, future)):
            async with asyncio.timeout(timeout_s):
                await future

    def flush_blocking(self, timeout_s: float) -> None:
        """As `flush`, for threads."""
        future: concurrent.futures.Future[Outcome] = concurrent.futures.Future()
        if self._ledger.flush(ThreadWaiter(future)):
            future.result(timeout_s)

    def stop(self, drain_s: float = 5.0) -> bool:
        """Refuse appends, commit what is pending, consume what can be in `drain_s`; the rest stays on disk.

        Blocks the thread. True when nothing is left to consume. A consumption that is under way is waited
        for until `drain_s` is over, then left to end by itself: close the store after this."""
        committer, consumer = self._committer, self._consumer
        if committer is None or consumer is None:
            return True
        deadline_s = time.monotonic() + drain_s
        self._ledger.refuse_appends(deadline_s)
        for thread in (committer, consumer):
            thread.join(max(0.0, deadline_s - time.monotonic()) + 0.1)
        drained = self._ledger.is_drained()
        if not committer.is_alive() and not consumer.is_alive():
            # Else a thread still works on the folder: the lock goes with the process.
            self._unlock()
        self._committer = self._consumer = None
        return drained

    def stats(self) -> JournalStats:
        """A snapshot of the journal's figures."""
        return self._ledger.stats(self._aside.count())

    def _open(self) -> None:
        directory, limits = self._directory, self._limits
        files.make_directory(directory)
        self._lock()
        self._aside.open()
        digest_log = DigestLog(directory, limits.dedup_window_s, limits.dedup_entries)
        digests = digest_log.read()
        found = Recovery(directory, limits.dedup_window_s, self._aside, self._on_event).run()
        self._ledger.restore(found.segments, _accepted_s(digests + found.digests), found.damaged)
        last_segment = max(self._floor, found.last_segment, digest_log.last_segment)
        self._committer = Committer(
            directory, self._decoder_version, limits, self._ledger, self._on_event, last_segment
        )
        self._consumer = Consumer(
            directory,
            self._consume,
            self._discard,
            limits,
            self._ledger,
            digest_log,
            self._aside,
            self._on_event,
        )
        if found.segments:
            message = f"segments of an earlier process in journal {directory}: {len(found.segments)}"
            self._on_event(Event(EventKind.REPLAY, message))
        self._committer.start()
        self._consumer.start()

    def _lock(self) -> None:
        self._lock_fd = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalUnavailable(
                f"cannot open journal {self._directory}: another process has it open"
            ) from error

    def _unlock(self) -> None:
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1


def _result(outcome: Appended | Failure) -> Appended:
    if isinstance(outcome, Failure):
        raise JournalUnavailable(outcome.message)
    return outcome


def _accepted_s(digests: list[tuple[int, bytes]]) -> list[tuple[float, bytes]]:
    """Digests with monotonic instead of Unix times, oldest first. What lies in the future, after the
    clock went back, counts as accepted now."""
    now_ns, now_s = time.time_ns(), time.monotonic()
    return sorted(
        (now_s - max(0, now_ns - received_at_ns) / 1e9, digest) for received_at_ns, digest in digests
    )
