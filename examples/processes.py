"""Processes of the demo: started with a log file each, stopped as Ctrl-C would."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

STOP_WITHIN_S = 40


class Processes:
    """Child processes by name. Each is in a session of its own, so Ctrl-C reaches the launcher alone."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: list[str], env: Mapping[str, str] | None = None) -> None:
        with self.log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def ended(self) -> dict[str, int]:
        """Exit codes of the processes that ended since the last call."""
        codes = {name: code for name, child in self.running.items() if (code := child.poll()) is not None}
        for name in codes:
            del self.running[name]
        return codes

    def stop(self, names: Iterable[str]) -> None:
        """Interrupts these and what they started in their session, and waits; kills what has not ended."""
        children = [self.running.pop(name) for name in names if name in self.running]
        for child in children:
            send(child, signal.SIGINT)
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                send(child, signal.SIGKILL)
                child.wait()

    def wait_until_answers(self, name: str, url: str, within_s: float) -> bool:
        """True once `url` answers 200; False when the process ends or the time is up."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and self.running[name].poll() is None:
            try:
                with urllib.request.urlopen(url, timeout=1):
                    return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        return False


def send(leader: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, number)


def free_port(wanted: int = 0) -> int:
    """The wanted port where it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("cannot find a free port on 127.0.0.1")
