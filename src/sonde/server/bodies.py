"""Bodies of requests to the API have a limit, as those of the receiver have."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sonde.receive.compression import too_large
from sonde.server.failures import answer
from sonde.settings import MIB


class BoundedBodies:
    """Refuses a request with a body over `max_mb` MiB: before any of it is read where its length is
    announced, else once more than that has come. The server drops the rest as it comes."""

    def __init__(self, app: ASGIApp, max_mb: float) -> None:
        self._app = app
        self._max_bytes = int(max_mb * MIB)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self._max_bytes:
            await answer(too_large(self._max_bytes))(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_bytes:
                raise too_large(self._max_bytes)
            return message

        await self._app(scope, bounded, send)
