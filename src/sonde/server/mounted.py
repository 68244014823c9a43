"""The server as an ASGI application: to be mounted in another one, or run by any ASGI server."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from sonde.errors import SettingError, SondeError, StoreUnavailable
from sonde.receive.otlp_grpc import create_grpc_server
from sonde.server import failures
from sonde.server.app import http_app
from sonde.server.auth import Gate
from sonde.server.backend import Backend, admission_by_grpc, backend
from sonde.server.keys import KeyFile
from sonde.server.link_tokens import LinkTokens
from sonde.server.listening import authority, bind_grpc, reachable
from sonde.settings import Settings, load, setting_names

GRPC_GRACE_S = 3

log = logging.getLogger("sonde.server")


def create_app(*, data_dir: str | Path | None = None, grpc: bool = False, **settings: Any) -> SondeApp:
    """Sonde's server as an ASGI application: receiver, API and page.

    It runs while its `lifespan` does: an ASGI server that runs it alone takes care of that, an application
    that mounts it enters it in its own lifespan.

    Args:
        data_dir: folder of the journal, the store and the keys.
        grpc: whether to take OTLP/gRPC too, on `host` and `grpc_port`.
        **settings: further settings by their field, e.g. `query_max_limit=500`; what is not given comes
            from the environment and `sonde.toml`. `url` is where it is reached, for commands that look for
            it. `host` and `http_port` are the other application's affair.

    Raises:
        SettingError: a setting does not exist or has a value that is not allowed.
    """
    unknown = settings.keys() - {name.field for name in setting_names()}
    if unknown:
        raise SettingError(
            f"unknown setting {min(unknown)!r}", hint="the reference of settings lists them all"
        )
    return SondeApp(load({"data_dir": data_dir, **settings}), grpc=grpc)


class SondeApp:
    """An ASGI application. Made by `create_app`."""

    def __init__(self, settings: Settings, *, grpc: bool = False) -> None:
        self.settings = settings
        self._grpc = grpc
        self._running: ASGIApp | None = None

    @asynccontextmanager
    async def lifespan(self, _app: object = None) -> AsyncGenerator[None]:
        """Runs the server, from here to the end of the block; may be another application's `lifespan` itself.

        Raises:
            StoreLocked: another process holds the data directory, e.g. another worker of the same server.
            SettingError: a port cannot be had, or a key is needed to listen there.
        """
        async with AsyncExitStack() as stack:
            # Who listens is unknown: without a key, only callers on this machine are answered.
            tokens = LinkTokens(self.settings.data_dir, self.settings.links_token_secret)
            gate = Gate(KeyFile(self.settings.data_dir), "127.0.0.1", tokens)
            found = await stack.enter_async_context(
                backend(self.settings, gate, url=self.settings.url, failed=_store_failed)
            )
            stack.callback(found.parts.live.close)
            if self._grpc:
                await self._listen(found, stack)
            self._running = http_app(found.parts, found.intake)
            stack.callback(self._stopped)
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or the messages of the ASGI lifespan protocol."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._running is not None:
            await self._running(scope, receive, send)
        elif scope["type"] == "http":
            error = StoreUnavailable(
                "Sonde is not started",
                hint="enter `lifespan()` of its application in the lifespan of the one that mounts it",
            )
            await failures.answer(error)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1001})

    def _stopped(self) -> None:
        self._running = None

    async def _listen(self, found: Backend, stack: AsyncExitStack) -> None:
        host = self.settings.host
        gate = Gate(KeyFile(self.settings.data_dir), host)
        gate.check_start(host)
        grpc_server = create_grpc_server(found.intake, admission_by_grpc(gate))
        port = bind_grpc(grpc_server, host, self.settings.grpc_port)
        await grpc_server.start()
        stack.push_async_callback(grpc_server.stop, GRPC_GRACE_S)
        found.parts.grpc_address = authority(reachable(host), port)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        context = self.lifespan()
        try:
            await context.__aenter__()
        except SondeError as error:
            text = f"{error.message} ({error.hint})" if error.hint else error.message
            await send({"type": "lifespan.startup.failed", "message": text})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await context.__aexit__(None, None, None)
        await send({"type": "lifespan.shutdown.complete"})


def _store_failed(error: SondeError) -> None:
    log.error("%s %s", error.message, error.hint)
