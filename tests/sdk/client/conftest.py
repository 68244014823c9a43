"""A real server with keys, and both clients with one face."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest
from bench.server_process import SondeServer

from sonde.sdk.client import AsyncClient, Client
from sonde.server.keys import KeyFile, Scope


@dataclass(frozen=True)
class Locked:
    """A server that wants keys, and the tokens of two: one for everything and one that may only read."""

    url: str
    all: str
    read: str


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Generator[Locked]:
    server = SondeServer(tmp_path_factory.mktemp("client") / "data", query_max_limit=2000)
    keys = KeyFile(server.data_dir)
    every = keys.create([Scope.INGEST, Scope.READ])[0]
    read = keys.create([Scope.READ])[0]
    try:
        yield Locked(server.start().url, every, read)
    finally:
        server.close()


class Awaited:
    """An AsyncClient whose methods are waited for: a test does with it what it does with a Client."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._runner = asyncio.Runner()

        async def make() -> AsyncClient:
            return await AsyncClient(*arguments, **options).__aenter__()

        self._client = self._runner.run(make())

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            made = method(*arguments, **options)
            return [each async for each in made] if isinstance(made, AsyncIterator) else await made

        def wait_for(*arguments: Any, **options: Any) -> Any:
            return self._runner.run(call(*arguments, **options))

        return wait_for

    def __enter__(self) -> Awaited:
        return self

    def __exit__(self, *raised: object) -> None:
        self._runner.run(self._client.__aexit__(*raised))
        self._runner.close()


NewClient = Callable[..., Any]


@pytest.fixture(params=[Client, Awaited], ids=["Client", "AsyncClient"])
def new_client(request: pytest.FixtureRequest) -> NewClient:
    """Makes clients of one kind."""
    return request.param
