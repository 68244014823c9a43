"""The API on the store of this test process, asked without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx

from sonde.errors import SondeError
from sonde.server.app import web_app
from sonde.server.auth import Identity
from sonde.server.keys import Scope
from sonde.server.parts import Parts
from sonde.settings import Settings
from sonde.store import Database, Store


class QueryApi:
    """Asks `/api/v1` for one tenant."""

    def __init__(
        self, store: Store, database: Database, settings: Settings, *, scopes: Iterable[Scope] = Scope
    ) -> None:
        prefix = f"{settings.store_database}_"
        identity = Identity(
            database.name.removeprefix(prefix) if database.name.startswith(prefix) else "default",
            frozenset(scopes),
        )
        self._app = web_app(Parts(settings=settings, admit=lambda _caller, _scope: identity, store=store))

    def response(self, path: str, method: str = "GET", **params: Any) -> httpx.Response:
        """The response of the API at `path` below `/api/v1`."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client:
                return await client.request(method, path, params=params)

        return asyncio.run(ask())

    def get(self, path: str, **params: Any) -> Any:
        """The JSON that a good answer has."""
        response = self.response(path, **params)
        if response.status_code != 200:
            raise SondeError(f"{response.status_code}: {response.text}")
        return response.json()

    def error(self, path: str, status: int, /, **params: Any) -> dict[str, Any]:
        """The error that a bad answer with this status has."""
        response = self.response(path, **params)
        if response.status_code != status:
            raise SondeError(f"{response.status_code}: {response.text}")
        return response.json()["error"]

    def pages(self, path: str, key: str, **params: Any) -> list[list[dict[str, Any]]]:
        """Every page of a list, to its end."""
        found: list[list[dict[str, Any]]] = []
        cursor: str | None = None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {}))
            found.append(page[key])
            cursor = page["nextCursor"]
            if cursor is None:
                return found
