"""`make demo` as a stranger meets it: it starts, records, survives a killed server, and stops."""

from __future__ import annotations

import os
import re
import shlex
import shutil
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
from tests.examples.process_tree import ProcessTree

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO = REPOSITORY / "examples/demo.py"
SHOP = {"storefront", "catalog", "orders", "payments", "worker"}
OTHERS = {"signin", "orchestrator", "sync-daemon", "verifier"}
BILLING = {"billing", "customer-system"} if shutil.which("redis-server") else set[str]()
CHAT = {"chat", "chat-visitor"} if shutil.which("npm") else set[str]()

pytestmark = pytest.mark.slow


class Demo:
    """The launcher in a process of its own, with the examples of these names, or all."""

    def __init__(self, folder: Path, *examples: str, **environment: str) -> None:
        self.folder = folder / "demo"
        self.output = folder / "output"
        self.tree = ProcessTree()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(DEMO), *examples, "--folder", str(self.folder)],
                stdout=output,
                stderr=output,
                env={**self.tree.environment(), **environment},
                cwd=REPOSITORY,
            )

    def wait_for(self, pattern: str, within_s: float = 120) -> str:
        """The first group of the pattern, once the launcher has printed it."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.output.read_text()):
                return found.group(1)
            time.sleep(0.1)
        raise AssertionError(f"{pattern} was not printed within {within_s:g} s:\n{self.output.read_text()}")

    def close(self) -> None:
        """Ctrl-C; everything that it started must end."""
        self.tree.below(self.process.pid)
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(90) == 0, self.output.read_text()
        assert self.tree.left() == []

    def services(self, url: str) -> dict[str, int]:
        """Spans by service, as the API says."""
        found = httpx.get(f"{url}/api/v1/services", params={"since": "15m"}, timeout=30).json()["services"]
        return {each["service"]: each["spanCount"] for each in found}


@pytest.fixture
def demo(tmp_path: Path) -> Generator[Demo]:
    """The smallest demo: the shop alone."""
    started = Demo(tmp_path, "shop")
    yield started
    started.close()


def wait_until_recorded(demo: Demo, url: str, wanted: set[str]) -> dict[str, int]:
    deadline = time.monotonic() + 150
    while not wanted <= set(found := demo.services(url)):
        assert time.monotonic() < deadline, f"only {sorted(found)} were recorded"
        time.sleep(0.5)
    return found


def succeeds(command: str, url: str, within_s: float = 120) -> None:
    """What was told to be typed finds something, by and by."""
    deadline = time.monotonic() + within_s
    while True:
        done = subprocess.run(
            shlex.split(command),
            env={**os.environ, "SONDE_URL": url},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode == 0:
            return
        assert done.returncode == 1, f"{command}: {done.stderr}"
        assert time.monotonic() < deadline, f"{command}: {done.stdout}{done.stderr}"
        time.sleep(1)


def test_every_example_is_recorded_what_is_told_is_true_and_nothing_is_left_running(tmp_path: Path) -> None:
    # The chat's page may still be being built when the demo is stopped: `tests/browser` sees to it.
    demo = Demo(tmp_path)
    try:
        url = demo.wait_for(r"open\s+(http://\S+)")
        wait_until_recorded(demo, url, SHOP | OTHERS | BILLING | CHAT)
        demo.wait_for(r"(Ctrl-C stops)")
        told = re.findall(
            r"^ +(\S*sonde (?!tail|trace|serve|verify).+)$", demo.output.read_text(), re.MULTILINE
        )
        assert len(told) == 11 - 2 * (not BILLING) - 2 * (not CHAT)
        for command in told:
            succeeds(command, url)
    finally:
        demo.close()


def test_what_an_example_needs_is_named_where_it_is_missing(tmp_path: Path) -> None:
    demo = Demo(tmp_path, PATH=str(tmp_path))
    try:
        demo.wait_for(r"(shop runs on a stand-in of redis-server \(apt-get install)")
        demo.wait_for(r"(billing is left out: it needs redis-server \(apt-get install)")
        demo.wait_for(r"(chat is left out: it needs npm \(apt-get install)")
        wait_until_recorded(demo, demo.wait_for(r"open\s+(http://\S+)"), SHOP | OTHERS)
    finally:
        demo.close()


def test_stopped_while_it_starts_it_leaves_nothing_running(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    try:
        demo.wait_for(r"(Starting the examples)")
        time.sleep(1)
    finally:
        demo.close()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the server in /proc")
def test_a_killed_server_is_started_again_as_told_and_has_everything(demo: Demo) -> None:
    url = demo.wait_for(r"open\s+(http://\S+)")
    before = wait_until_recorded(demo, url, SHOP)
    demo.tree.below(demo.process.pid)
    (server,) = [pid for pid, line in demo.tree.seen.items() if " serve " in line]

    os.kill(server, signal.SIGKILL)
    command = demo.wait_for(r"start Sonde again, in another terminal, with\s+(.+)")
    again = subprocess.Popen(
        shlex.split(command), cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
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
        again.wait(60)


def test_ports_that_are_taken_are_named_and_others_used(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 4318))
            taken.listen()
        except OSError:
            pass  # somebody else has it, which serves as well
        demo = Demo(tmp_path, "signin_pipeline")
        try:
            port = demo.wait_for(r"Port 4318 is taken; using (\d+) instead")
            assert demo.wait_for(r"open\s+http://127.0.0.1:(\d+)") == port
        finally:
            demo.close()


def test_a_second_demo_on_the_same_folder_leaves_the_first_alone(tmp_path: Path) -> None:
    first = Demo(tmp_path, "signin_pipeline")
    try:
        first.wait_for(r"open\s+(http://\S+)")
        log = first.folder / "logs/server.log"
        before = log.read_text()

        second = subprocess.run(
            [sys.executable, str(DEMO), "--folder", str(first.folder)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

        assert (second.returncode, second.stdout) == (1, "")
        assert "runs already" in second.stderr
        assert before
        assert log.read_text().startswith(before)
    finally:
        first.close()
