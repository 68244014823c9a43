"""The parts of a server, started in order and stopped in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sonde.errors import SondeError
from sonde.receive.otlp_grpc import create_grpc_server
from sonde.server.app import http_app
from sonde.server.auth import Gate
from sonde.server.backend import admission_by_grpc, backend
from sonde.server.keys import KeyFile
from sonde.server.link_tokens import LinkTokens
from sonde.server.listening import HttpServer, authority, bind, bind_grpc, reachable
from sonde.settings import Settings

# With DRAIN_S of the journal below the ten seconds that a supervisor commonly waits.
REQUESTS_GRACE_S = 3


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

    def store_failed(error: SondeError) -> None:
        loop.call_soon_threadsafe(failed.set_result, error)

    async with AsyncExitStack() as stack:
        tokens = LinkTokens(settings.data_dir, settings.links_token_secret)
        gate = Gate(KeyFile(settings.data_dir), settings.host, tokens)
        gate.check_start(settings.host)
        listener = stack.enter_context(bind(settings.host, settings.http_port, "--http-port"))
        url = f"http://{authority(reachable(settings.host), listener.getsockname()[1])}"
        found = await stack.enter_async_context(backend(settings, gate, url=url, failed=store_failed))
        parts, intake = found.parts, found.intake

        grpc_server = create_grpc_server(intake, admission_by_grpc(gate))
        grpc_port = bind_grpc(grpc_server, settings.host, settings.grpc_port)
        await grpc_server.start()
        parts.grpc_address = authority(reachable(settings.host), grpc_port)
        http_server = HttpServer(http_app(parts, intake), grace_s=REQUESTS_GRACE_S)
        serving = asyncio.create_task(http_server.serve(sockets=[listener]))

        async def stop_listening() -> None:
            http_server.should_exit = True
            parts.live.close()
            await asyncio.gather(serving, grpc_server.stop(REQUESTS_GRACE_S))

        stack.push_async_callback(stop_listening)
        yield Running(url, parts.grpc_address, settings.data_dir, failed)
