"""Programs in processes of their own, started with `sonde run` or bare, that send to a collector."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.sdk.collector import Collector

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAMS = "tests.sdk.instrument.programs"
"""The package of the programs that these tests run."""


def environment(collector: Collector, **variables: str) -> dict[str, str]:
    """The caller's environment without settings of its own, and these; telemetry goes to `collector`.

    Coverage is not measured there: it opens SQLite, which is instrumented.
    """
    foreign = ("SONDE_", "OTEL_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **kept,
        "SONDE_ENDPOINT": collector.url,
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "127.0.0.1",
        **variables,
    }


def sonde_run(*line: str) -> list[str]:
    """A command line that is run under `sonde run`."""
    return [sys.executable, "-m", "sonde", "run", "--quiet", *line]


def python(*arguments: str) -> list[str]:
    """A command line of this Python, without `sonde run`."""
    return [sys.executable, *arguments]


def run(
    line: Sequence[str], collector: Collector, *, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command line to its end, which must come within 90 s."""
    return subprocess.run(
        line,
        env=environment(collector, **variables),
        cwd=REPOSITORY,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@contextmanager
def started(
    line: Sequence[str], collector: Collector, log: Path, **variables: str
) -> Generator[subprocess.Popen[bytes]]:
    """A program in the background, whose output goes to `log`; killed if the block leaves it running."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            line,
            env=environment(collector, **variables),
            cwd=REPOSITORY,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def stop(process: subprocess.Popen[bytes], log: Path, within_s: float = 10) -> int:
    """Ask a program to end, as a supervisor would; its exit code. AssertionError when it hangs."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"does not end within {within_s} s:\n{log.read_text()}") from None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path, within_s: float = 60) -> None:
    """Wait until something listens. AssertionError, with the program's output, when nothing does."""
    end = time.monotonic() + within_s
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing listens on {port}:\n{log.read_text()}")


def children(pid: int) -> list[int]:
    """Processes below `pid`, at any depth."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            child = int(path.parent.name)
            found += [child, *children(child)]
    return found


def connections(pid: int, port: int) -> set[str]:
    """Inodes of the sockets of a process that are connected to `port` of this machine; none once it ended."""
    return _sockets(pid) & _connected(port)


def _sockets(pid: int) -> set[str]:
    found: set[str] = set()
    try:
        paths = list(Path(f"/proc/{pid}/fd").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return found
    for path in paths:
        try:
            match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(path))
        except OSError:
            continue
        if match:
            found.add(match.group(1))
    return found


def _connected(port: int) -> set[str]:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if int(row[2].rpartition(":")[2], 16) == port}
