"""The audit log on its way to the journal: noted by any thread, written behind the answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from itertools import islice
from typing import Final

from sonde.decode import AUDIT, AuditEntry, packed
from sonde.errors import Overloaded
from sonde.journal import Journal, Record

EVERY_S: Final = 0.25
ENTRIES_OF_A_RECORD: Final = 5000
MAX_WAITING: Final = 200_000
"""Entries that wait while the journal takes nothing; those beyond are lost, and counted."""

log = logging.getLogger("sonde.server")


class AuditLog:
    """Entries that wait, and the task that writes them. Without a journal nothing is noted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[AuditEntry]] = {}
        self._count = 0
        self._journal: Journal | None = None
        self._task: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()
        self._writing = asyncio.Lock()
        self.lost = 0
        """Entries that could not be kept."""

    def note(self, tenant: str, entry: AuditEntry) -> None:
        """Have an entry written soon. Any thread may call it."""
        if self._journal is None:
            return
        with self._lock:
            if self._count >= MAX_WAITING:
                self.lost += 1
                return
            self._waiting.setdefault(tenant, []).append(entry)
            self._count += 1

    def start(self, journal: Journal) -> None:
        """Begin to write to the journal."""
        self._journal = journal
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Write what waits, and end: before the journal does."""
        self._ending.set()
        if self._task is not None:
            await self._task
        self._journal = None
        if self._count:
            log.warning("%d entries of the audit log are lost: the journal takes nothing", self._count)

    async def write(self) -> None:
        """Write what waits; what the journal refuses goes on waiting."""
        async with self._writing:
            with self._lock:
                waiting, self._waiting, self._count = self._waiting, {}, 0
            for tenant, entries in waiting.items():
                await self._append(tenant, entries)

    async def _append(self, tenant: str, entries: list[AuditEntry]) -> None:
        journal = self._journal
        assert journal is not None  # nothing is noted without one
        left = iter(entries)
        while part := list(islice(left, ENTRIES_OF_A_RECORD)):
            record = Record(tenant, AUDIT, time.time_ns(), b"", len(part), packed(part))
            try:
                await journal.append(record)
            except Overloaded:
                unwritten = [*part, *left]
                with self._lock:
                    self._waiting[tenant] = [*unwritten, *self._waiting.get(tenant, ())]
                    self._count += len(unwritten)
                return

    async def _keep(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), EVERY_S)
            if self._count:
                try:
                    await self.write()
                except Exception:
                    log.exception("cannot write entries of the audit log")
