"""Receiver, journal and store: what takes telemetry in and keeps it, whoever listens for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sonde.decode import DECODER_VERSION
from sonde.errors import SondeError
from sonde.journal import Journal, Limits
from sonde.receive.intake import Intake
from sonde.server.auth import Caller, Gate
from sonde.server.cleaning import keep_cleaning
from sonde.server.ingestion import Ingestion
from sonde.server.keys import Scope
from sonde.server.opening import Opening
from sonde.server.parts import Parts
from sonde.settings import MIB, Settings
from sonde.store import Store
from sonde.store.lock import DirectoryLock

DRAIN_S = 4


@dataclass(frozen=True, slots=True)
class Backend:
    """The parts that run, and the way in to them."""

    parts: Parts
    intake: Intake


def admission_by_grpc(gate: Gate) -> Callable[[str], str]:
    """Who may send by gRPC: the tenant for an authorization. Raises Unauthenticated or Forbidden."""
    return lambda authorization: gate.admit(Caller(authorization), Scope.INGEST).tenant


@asynccontextmanager
async def backend(
    settings: Settings, gate: Gate, *, url: str, failed: Callable[[SondeError], None]
) -> AsyncGenerator[Backend]:
    """What runs, from here to the end of the block; the store opens meanwhile.

    Args:
        settings: of the server.
        gate: who may do what.
        url: where it answers, for commands that look for it; empty if that is not known.
        failed: called on another thread when the store turns out not to open.

    Raises StoreLocked and SettingError.
    """
    async with AsyncExitStack() as stack:
        lock = DirectoryLock(settings.data_dir)
        stack.callback(lock.release)
        lock.announce(url)
        parts = Parts(settings=settings, admit=gate.admit, url=url)
        if parts.outside_links is not None:
            stack.callback(parts.outside_links.close)
            parts.outside_links.start()
        noting = asyncio.create_task(parts.rates.keep())
        stack.callback(noting.cancel)

        def store_opened(store: Store) -> None:
            store.announce(url)
            parts.store = store

        def store_failed(error: SondeError) -> None:
            parts.store_failure = error
            failed(error)

        opening = Opening(settings, store_opened, store_failed)
        opening.start()
        stack.push_async_callback(asyncio.to_thread, opening.close)

        parts.ingestion = Ingestion(opening.store, links_inserted=parts.link_cache.inserted)
        parts.journal = await _start_journal(settings, parts.ingestion, stack)
        parts.audit.start(parts.journal)
        stack.push_async_callback(parts.audit.stop)
        cleaning = asyncio.create_task(keep_cleaning(parts))
        stack.callback(cleaning.cancel)

        intake = Intake(
            parts.journal,
            parts.counters,
            max_bytes=int(settings.max_request_mb * MIB),
            max_records=settings.max_request_records,
            on_accepted=parts.live.publish,
        )
        stack.callback(intake.close)
        parts.intake = intake
        yield Backend(parts, intake)


async def _start_journal(settings: Settings, ingestion: Ingestion, stack: AsyncExitStack) -> Journal:
    journal = Journal(
        settings.data_dir / "journal",
        decoder_version=DECODER_VERSION,
        consume=ingestion.consume,
        discard=ingestion.discard,
        limits=Limits(
            max_bytes=int(settings.journal_max_mb * MIB),
            idle_ms=settings.journal_idle_ms,
            segment_ms=settings.journal_segment_ms,
        ),
    )
    await asyncio.to_thread(journal.start)
    stack.push_async_callback(asyncio.to_thread, journal.stop, DRAIN_S)
    return journal
