"""Real servers in processes of their own, on free ports and data directories of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench.server_process import SondeServer

NewServer = Callable[..., SondeServer]


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[NewServer]:
    """Makes servers (not started) below the test's folder; none outlives the test."""
    made: list[SondeServer] = []

    def make(data_dir: Path | None = None, **settings: object) -> SondeServer:
        server = SondeServer(data_dir or tmp_path / "data", **settings)
        made.append(server)
        return server

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(new_server: NewServer) -> SondeServer:
    """A server that is ready."""
    return new_server().start()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SondeServer]:
    """One server for the tests of a module that do not disturb each other."""
    server = SondeServer(tmp_path_factory.mktemp("shared") / "data").start()
    yield server
    server.close()
