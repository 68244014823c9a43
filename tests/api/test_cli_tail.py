"""`sonde tail`: live, and across a restart of the server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable

import httpx
from bench.server_process import SondeServer
from tests.api.cli_process import environment, sonde
from tests.api.conftest import NewServer


def tail(server: SondeServer, *arguments: str) -> subprocess.Popen[str]:
    """The command, once the server knows that it follows."""
    started = subprocess.Popen(
        [sys.executable, "-m", "sonde", "tail", *arguments],
        env=environment(SONDE_URL=server.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: httpx.get(f"{server.url}/api/v1/status").json()["followers"] == 1)
    return started


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def generate_until_it_ends(following: subprocess.Popen[str], server: SondeServer, count: int) -> None:
    deadline = time.monotonic() + 30
    while following.poll() is None and time.monotonic() < deadline:
        sonde("generate", "--count", str(count), "--time-range", "1m", env={"SONDE_URL": server.url})
    assert following.wait(timeout=10) == 0


def test_it_follows_live_and_stops_at_its_limit(new_server: NewServer) -> None:
    server = new_server().start()
    with tail(server, "service:payment", "--limit", "3", "--format", "json") as following:
        generate_until_it_ends(following, server, 30)
        out, _ = following.communicate()
    followed = [json.loads(line) for line in out.splitlines()]
    assert len(followed) == 3
    assert {span["service"] for span in followed} == {"payment"}
    assert server.exit_code is None


def test_it_connects_again_when_the_server_restarts(new_server: NewServer) -> None:
    server = new_server().start()
    with tail(server, "--signal", "logs", "--limit", "1") as following:
        assert server.stop() == 0
        server.start()
        generate_until_it_ends(following, server, 5)
        out, err = following.communicate()
    assert "connecting again" in err
    assert len(out.splitlines()) == 1
