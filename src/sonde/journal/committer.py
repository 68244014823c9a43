"""The thread that writes: one fdatasync for all appends that wait, and the closing of segments."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sonde.journal.ledger import Ledger, Ticket
from sonde.journal.limits import Limits
from sonde.journal.segment_file import SegmentFile
from sonde.journal.segment_id import make_segment_id
from sonde.journal.stats import Event, EventKind
from sonde.journal.writer import SegmentWriter


class Committer(threading.Thread):
    """Runs until the ledger says that the end is reached; then nothing is pending and no segment is open."""

    def __init__(
        self,
        directory: Path,
        decoder_version: int,
        limits: Limits,
        ledger: Ledger,
        on_event: Callable[[Event], None],
        last_segment: int,
    ) -> None:
        super().__init__(name="journal-committer", daemon=True)
        self._directory = directory
        self._decoder_version = decoder_version
        self._limits = limits
        self._ledger = ledger
        self._on_event = on_event
        self._last_segment = last_segment
        self._writer: SegmentWriter | None = None

    def run(self) -> None:
        while not (work := self._ledger.next_work()).end:
            if work.tickets:
                self._commit(work.tickets)
            else:
                self._close()
        self._ledger.committer_ended()

    def _commit(self, tickets: list[Ticket]) -> None:
        began_s = time.perf_counter()
        try:
            self._require_free_space()
            if self._writer is None:
                self._writer = self._open_segment()
            self._writer.commit([ticket.record for ticket in tickets])
        except Exception as error:
            # Whatever it is, those who wait are told and the thread lives on.
            self._give_up(tickets, error)
            return
        if self._ledger.committed(tickets, time.perf_counter() - began_s):
            self._on_event(Event(EventKind.RECOVERED, f"journal {self._directory} can be written again"))

    def _open_segment(self) -> SegmentWriter:
        wall_ms = time.time_ns() // 1_000_000
        self._last_segment = make_segment_id(wall_ms, self._last_segment, secrets.randbits(32))
        return SegmentWriter(self._directory, self._last_segment, self._decoder_version)

    def _require_free_space(self) -> None:
        disk = os.statvfs(self._directory)
        reserve_bytes = min(self._limits.reserve_bytes, disk.f_blocks * disk.f_frsize // 20)
        free_bytes = disk.f_bavail * disk.f_frsize
        if free_bytes < reserve_bytes:
            left = f"{free_bytes} bytes left on the disk, {reserve_bytes} are kept free for the store"
            raise OSError(errno.ENOSPC, left)

    def _give_up(self, tickets: list[Ticket], error: Exception) -> None:
        writer = self._writer
        if writer is not None and not writer.durable_bytes:
            # Nothing in it was acknowledged. If it can't be removed, a later start takes its records as
            # accepted, or leaves them out where a retry of theirs was accepted after all.
            self._writer = None
            writer.close()
            with contextlib.suppress(OSError):
                writer.path.unlink()
        elif writer is not None and writer.broken:
            self._close()
        reason = error.strerror if isinstance(error, OSError) else repr(error)
        message = f"cannot write journal {self._directory}: {reason}"
        if self._ledger.failed(tickets, message):
            self._on_event(Event(EventKind.UNAVAILABLE, message))

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        writer.close()
        file = SegmentFile(
            writer.segment, writer.path, writer.durable_bytes, self._decoder_version, ragged=writer.ragged
        )
        # Where this fails, the consumer tries again before it takes the segment.
        with contextlib.suppress(OSError):
            file.seal()
        self._ledger.closed(file)
