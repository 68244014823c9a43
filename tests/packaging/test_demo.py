"""`make demo` as a stranger meets it: it starts, records, survives a killed server, and stops."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SERVICES = {"storefront", "catalog", "orders", "payments", "worker"}

pytestmark = pytest.mark.slow


class Demo:
    """The launcher in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(REPOSITORY / "examples/shop/run.py"), "--folder", str(folder / "demo")],
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def wait_for(self, pattern: str, within_s: float = 60) -> str:
        """The first group of the pattern, once the launcher has printed it."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.output.read_text()):
                return found.group(1)
            time.sleep(0.1)
        raise AssertionError(f"{pattern} was not printed within {within_s:g} s:\n{self.output.read_text()}")

    def processes(self) -> dict[int, str]:
        """Command lines of what the demo started and still runs, by process id."""
        lines: dict[int, str] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                arguments = (entry / "cmdline").read_bytes().decode().split("\0")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(self.folder) in environment or str(self.folder / "demo/data") in arguments:
                lines[int(entry.name)] = " ".join(arguments)
        lines.pop(self.process.pid, None)
        return lines

    def services(self, url: str) -> dict[str, int]:
        """Spans by service, as the API says."""
        found = httpx.get(f"{url}/api/v1/services", params={"since": "15m"}, timeout=30).json()["services"]
        return {each["service"]: each["spanCount"] for each in found}


@pytest.fixture
def demo(tmp_path: Path) -> Generator[Demo, None, None]:
    started = Demo(tmp_path)
    yield started
    started.process.send_signal(signal.SIGINT)
    started.process.wait(30)


def wait_until_all_sent(demo: Demo, url: str) -> dict[str, int]:
    deadline = time.monotonic() + 60
    while set(found := demo.services(url)) < SERVICES:
        assert time.monotonic() < deadline, f"only {sorted(found)} were recorded"
        time.sleep(0.5)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_the_demo_records_every_service_and_leaves_nothing_running(demo: Demo) -> None:
    url = demo.wait_for(r"open\s+(http://\S+)")
    wait_until_all_sent(demo, url)
    assert len(demo.processes()) >= len(SERVICES) + 1

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(30) == 0, demo.output.read_text()
    assert demo.processes() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_a_killed_server_is_started_again_as_told_and_has_everything(demo: Demo) -> None:
    url = demo.wait_for(r"open\s+(http://\S+)")
    before = wait_until_all_sent(demo, url)
    (server,) = [pid for pid, line in demo.processes().items() if " serve " in line]

    os.kill(server, signal.SIGKILL)
    command = demo.wait_for(r"start Sonde again, in another terminal, with\s+(.+)")
    again = subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        after = demo.services(url)
        assert {name for name, count in before.items() if after.get(name, 0) < count} == set()
    finally:
        again.terminate()
        again.wait(30)


def test_ports_that_are_taken_are_named_and_others_used(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 4318))
            taken.listen()
        except OSError:
            pass  # somebody else has it, which serves as well
        demo = Demo(tmp_path)
        try:
            port = demo.wait_for(r"Port 4318 is taken; using (\d+) instead")
            assert demo.wait_for(r"open\s+http://127.0.0.1:(\d+)") == port
        finally:
            demo.process.send_signal(signal.SIGINT)
            assert demo.process.wait(30) == 0


def test_a_second_demo_on_the_same_folder_leaves_the_first_alone(demo: Demo) -> None:
    demo.wait_for(r"open\s+(http://\S+)")
    log = demo.folder / "demo/logs/server.log"
    before = log.read_text()

    second = subprocess.run(
        [sys.executable, str(REPOSITORY / "examples/shop/run.py"), "--folder", str(demo.folder / "demo")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (second.returncode, second.stdout) == (1, "")
    assert "runs already" in second.stderr
    assert before
    assert log.read_text().startswith(before)
