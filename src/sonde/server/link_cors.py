"""Which pages of other origins may read links (CORS, Fetch standard, section 3.3): those of internal tools.

Only what bears a token for links is answered to them. Without one a request of another origin is what it was:
its page does not see the answer, even where the server asks for no key.
"""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sonde.receive.cors import PREFLIGHT_MAX_AGE_S, Headers, Origins
from sonde.server.link_tokens import is_link_token

PATHS: Final = frozenset(
    {"/api/v1/links", "/api/v1/links/query", "/api/v1/links/history", "/api/v1/links/clicks"}
)


class LinkCors:
    """Around the API: answers preflights for links, lets allowed origins read what a token was answered."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].removeprefix(scope.get("root_path", "")) not in PATHS:
            await self._app(scope, receive, send)
            return
        request: dict[bytes, bytes] = dict(scope["headers"])
        origin = request.get(b"origin", b"")
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in request:
            headers = self._preflight(origin, request)
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        token = request.get(b"authorization", b"").decode("latin-1")
        if not origin or not is_link_token(token) or not self._allows(origin):
            await self._app(scope, receive, send)
            return

        async def readable_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                added: Headers = [(b"access-control-allow-origin", origin), (b"vary", b"origin")]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        await self._app(scope, receive, readable_send)

    def _allows(self, origin: bytes) -> bool:
        return self._origins.allows(origin.decode("latin-1"))

    def _preflight(self, origin: bytes, request: dict[bytes, bytes]) -> Headers:
        headers: Headers = [(b"vary", b"origin, access-control-request-headers")]
        if self._allows(origin):
            headers += [
                (b"access-control-allow-origin", origin),
                (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
                (b"access-control-allow-headers", b"authorization, content-type"),
                (b"access-control-max-age", PREFLIGHT_MAX_AGE_S),
            ]
            if request.get(b"access-control-request-private-network") == b"true":
                headers.append((b"access-control-allow-private-network", b"true"))
        return headers
