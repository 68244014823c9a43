"""The parts of a server, started in order and stopped in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sonde.decode import DECODER_VERSION
from sonde.errors import SondeError
from sonde.journal import Journal, Limits
from sonde.receive.intake import Intake
from sonde.receive.otlp_grpc import create_grpc_server
from sonde.server.app import create_app
from sonde.server.auth import Caller, Gate
from sonde.server.ingestion import Ingestion
from sonde.server.keys import KeyFile, Scope
from sonde.server.listening import HttpServer, authority, bind, bind_grpc, reachable
from sonde.server.opening import Opening
from sonde.server.parts import Parts
from sonde.settings import MIB, Settings
from sonde.store import Store
from sonde.store.lock import DirectoryLock

# Together below the ten seconds that a supervisor commonly waits.
REQUESTS_GRACE_S = 3
DRAIN_S = 4


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes requests."""

    url: str
    grpc_address: str
    data_dir: Path
    failed: asyncio.Future[SondeError]
    """Done when the store turns out not to open."""


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Running]:
    """A server, from here to the end of the block. Raises SettingError and StoreLocked."""
    loop = asyncio.get_running_loop()
    failed: asyncio.Future[SondeError] = loop.create_future()
    async with AsyncExitStack() as stack:
        gate = Gate(KeyFile(settings.data_dir), settings.host)
        gate.check_start(settings.host)
        listener = stack.enter_context(bind(settings.host, settings.http_port, "--http-port"))
        url = f"http://{authority(reachable(settings.host), listener.getsockname()[1])}"
        lock = DirectoryLock(settings.data_dir)
        stack.callback(lock.release)
        lock.announce(url)
        parts = Parts(settings=settings, admit=gate.admit, url=url)
        noting = asyncio.create_task(parts.rates.keep())
        stack.callback(noting.cancel)

        def store_opened(store: Store) -> None:
            store.announce(url)
            parts.store = store

        def store_failed(error: SondeError) -> None:
            loop.call_soon_threadsafe(failed.set_result, error)

        opening = Opening(settings, store_opened, store_failed)
        opening.start()
        stack.push_async_callback(asyncio.to_thread, opening.close)

        parts.ingestion = Ingestion(opening.store)
        parts.journal = await _start_journal(settings, parts.ingestion, stack)

        intake = Intake(
            parts.journal,
            parts.counters,
            max_bytes=int(settings.max_request_mb * MIB),
            max_records=settings.max_request_records,
            on_accepted=parts.live.publish,
        )
        stack.callback(intake.close)

        def admit_call(authorization: str) -> str:
            return gate.admit(Caller(authorization), Scope.INGEST).tenant

        grpc_server = create_grpc_server(intake, admit_call)
        grpc_port = bind_grpc(grpc_server, settings.host, settings.grpc_port)
        await grpc_server.start()
        parts.grpc_address = authority(reachable(settings.host), grpc_port)
        http_server = HttpServer(create_app(parts, intake), grace_s=REQUESTS_GRACE_S)
        serving = asyncio.create_task(http_server.serve(sockets=[listener]))

        async def stop_listening() -> None:
            http_server.should_exit = True
            parts.live.close()
            await asyncio.gather(serving, grpc_server.stop(REQUESTS_GRACE_S))

        stack.push_async_callback(stop_listening)
        yield Running(url, parts.grpc_address, settings.data_dir, failed)


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
