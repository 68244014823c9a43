"""The API on a store opened in this process, for when no server runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from sonde.server.app import create_query_app
from sonde.store import open_store

if TYPE_CHECKING:
    from sonde.settings import Settings


class InProcessTransport(httpx.BaseTransport):
    """Hands requests to the query application; owns the store.

    Raises what `open_store` raises.
    """

    def __init__(self, settings: Settings, *, read_only: bool) -> None:
        self._store = open_store(settings, read_only=read_only)
        self._runner = asyncio.Runner()
        self._app = httpx.ASGITransport(create_query_app(self._store, settings), raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, answered whole."""
        return self._runner.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        asynchronous = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.read()
        )
        response = await self._app.handle_async_request(asynchronous)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())

    def close(self) -> None:
        """Close the store: a process that leaves with the engine open may crash on its way out."""
        self._runner.close()
        self._store.close()
