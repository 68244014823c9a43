"""Real servers in processes of their own, for tests that speak HTTP and gRPC with them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from bench.server_process import SondeServer

NewServer = Callable[..., SondeServer]


@pytest.fixture
def new_server(tmp_path: Path) -> Generator[NewServer]:
    """Makes servers (not started) below the test's folder; none outlives the test."""
    made: list[SondeServer] = []

    def make(data_dir: Path | None = None, **settings: object) -> SondeServer:
        server = SondeServer(data_dir or tmp_path / "data", **settings)
        made.append(server)
        return server

    yield make
    for server in made:
        server.close()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """One server for the tests of a module that do not disturb each other; requests up to 1 MiB."""
    server = SondeServer(tmp_path_factory.mktemp("shared") / "data", max_request_mb=1)
    try:
        yield server.start()
    finally:
        server.close()
