"""The examples as people start them: processes of their own, a real server that records what they tell."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from bench.server_process import SondeServer

from sonde import Client

REPOSITORY = Path(__file__).resolve().parents[2]

RunExample = Callable[..., str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """The server that the examples of a module send to."""
    running = SondeServer(tmp_path_factory.mktemp("examples") / "data")
    try:
        yield running.start()
    finally:
        running.close()


@pytest.fixture
def client(server: SondeServer) -> Generator[Client]:
    """Reads what the server has recorded."""
    with Client(server.url) as opened:
        yield opened


@pytest.fixture(scope="module")
def run_example(server: SondeServer, tmp_path_factory: pytest.TempPathFactory) -> RunExample:
    """Runs `examples/<name>/run.py` to its end; what it printed. All it told can be read afterwards."""

    folder = tmp_path_factory.mktemp("cwd")

    def run(name: str, *arguments: str, timeout_s: float = 180) -> str:
        own = ("SONDE_", "OTEL_")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(own)}
        done = subprocess.run(
            [sys.executable, str(REPOSITORY / "examples" / name / "run.py"), *arguments],
            env={**environment, "SONDE_URL": server.url, "PYTHONUNBUFFERED": "1"},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        server.flush()
        return done.stdout

    return run
