"""Runs of a real program that are ended before their end, as a real server shows them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer
from tests.api.cli_process import sonde

PROGRAM = """
import asyncio, signal, sys
import sonde

sonde.configure(service_name="importer")

def job(run_id):
    return sonde.run(run_id, job="import")

with job("good"):
    pass

async def cancelled():
    async with job("timed_out"):
        await asyncio.Event().wait()

async def main():
    try:
        await asyncio.wait_for(cancelled(), 0.01)
    except TimeoutError:
        pass

asyncio.run(main())
try:
    with job("interrupted"):
        signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    pass
with job("retried"):
    pass
try:
    with sonde.run("retried", job="import", attempt=2):
        sys.exit("config missing")
except SystemExit:
    pass
with job("exited"):
    sys.exit(3)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    made = SondeServer(tmp_path_factory.mktemp("cut-short") / "data")
    try:
        made.start()
        env = {**os.environ, "SONDE_URL": made.url, "SONDE_ENDPOINT": made.url}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, timeout=60, check=False)
        assert done.returncode == 3
        made.flush()
        yield made
    finally:
        made.close()


def run(server: SondeServer, run_id: str) -> dict[str, Any]:
    answer = httpx.get(f"{server.url}/api/v1/runs/{run_id}", timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("run_id", "message"),
    [
        ("timed_out", "CancelledError: cancelled before the end"),
        ("interrupted", "KeyboardInterrupt: interrupted before the end"),
        ("retried", "SystemExit: config missing"),
        ("exited", "SystemExit: exit code 3"),
    ],
)
def test_a_run_that_was_cut_short_failed_and_is_no_good_one(
    server: SondeServer, run_id: str, message: str
) -> None:
    found = run(server, run_id)
    assert (found["status"], found["message"]) == ("error", message)
    assert found["lastGood"]["runId"] == "good"


def test_the_command_shows_them_as_failed(server: SondeServer) -> None:
    table = sonde("runs", "--job", "import", env={"SONDE_URL": server.url})
    assert table.code == 0, table
    assert table.out.count("error") == 4
    assert table.out.count("success") == 1
    shown = sonde("runs", "show", "exited", env={"SONDE_URL": server.url})
    assert "SystemExit: exit code 3" in shown.out
