"""A server in a process of its own: started, watched through /proc, stopped or killed.

The acceptance tests use it as well.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A TCP port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Usage:
    """What a process used so far. CPU in seconds (user and system), memory in bytes."""

    cpu_s: float
    resident_bytes: int
    peak_bytes: int


def usage(pid: int) -> Usage:
    """Reads /proc/PID/stat and status (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    return Usage(
        cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND,
        resident_bytes=int(status["VmRSS"].split()[0]) * 1024,
        peak_bytes=int(status["VmHWM"].split()[0]) * 1024,
    )


def thread_cpu_s(pid: int) -> dict[int, tuple[str, float]]:
    """Name and CPU seconds of every thread of a process, by thread id."""
    threads: dict[int, tuple[str, float]] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            fields = (task / "stat").read_text().rpartition(")")[2].split()
            name = (task / "comm").read_text().strip()
            threads[int(task.name)] = (name, (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND)
    return threads


class SondeServer:
    """`sonde serve` on a data directory, with free ports. Settings go by field name (`journal_max_mb=1`)."""

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.data_dir = data_dir
        self.http_port = free_port()
        self.grpc_port = free_port()
        self.settings = settings
        self.log_path = data_dir.parent / f"{data_dir.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return None if self._process is None else self._process.poll()

    def environment(self) -> dict[str, str]:
        """The variables the server is started with; none of the caller's own settings."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("SONDE_")}
        chosen: Mapping[str, object] = {
            "data_dir": self.data_dir,
            "http_port": self.http_port,
            "grpc_port": self.grpc_port,
            "log_level": "info",
            **self.settings,
        }
        return inherited | {f"SONDE_{field.upper()}": str(value) for field, value in chosen.items()}

    def start(self, *, wait: bool = True, prefix: Sequence[str] = ()) -> Self:
        """Starts the process, after `prefix` (a tracer); waits until it is ready."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "sonde", "serve"],
                env=self.environment(),
                stdout=log,
                stderr=log,
                cwd=self.data_dir.parent,
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, timeout_s: float = 90) -> None:
        """Waits until /readyz says so. Raises RuntimeError with the end of the log."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.exit_code is not None:
                raise RuntimeError(f"the server left with {self.exit_code}:\n{self.log_tail()}")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"the server was not ready within {timeout_s:g} s:\n{self.log_tail()}")

    def log_tail(self, characters: int = 4000) -> str:
        return self.log_path.read_text(errors="replace")[-characters:] if self.log_path.exists() else ""

    def usage(self) -> Usage:
        return usage(self.pid)

    def kill(self) -> None:
        """SIGKILL, as an out-of-memory kill would."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(timeout=30)

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def stop(self, timeout_s: float = 30) -> int:
        """SIGTERM; the exit code. Raises subprocess.TimeoutExpired."""
        assert self._process is not None
        self.signal(signal.SIGTERM)
        return self._process.wait(timeout=timeout_s)

    def close(self) -> None:
        """Leaves no process behind, however the caller ended."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def get(self, path: str, **params: object) -> Any:
        """JSON of a GET on the API; raises RuntimeError, with the answer in its text."""
        texts = {key: str(value) for key, value in params.items()}
        return self._answer(httpx.get(f"{self.url}{path}", params=texts, timeout=60))

    def flush(self, timeout_s: float = 60) -> None:
        """Waits until everything acknowledged so far is queryable."""
        self._answer(httpx.post(f"{self.url}/api/v1/flush", timeout=timeout_s))

    def _answer(self, response: httpx.Response) -> Any:
        if response.is_error:
            raise RuntimeError(f"{response.request.url} answered {response.status_code}: {response.text}")
        return response.json() if response.content else None
