"""What tests of the SDK share: a collector to send to, and programs that are processes of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

import pytest
from tests.sdk.collector import Collector, running_collector

from sonde.sdk import complaints

REPOSITORY = Path(__file__).resolve().parents[2]

RunProgram = Callable[..., subprocess.CompletedProcess[str]]
StartProgram = Callable[..., subprocess.Popen[str]]


@pytest.fixture(autouse=True)
def everything_is_said_anew() -> None:
    """What is said once a process is said once a test."""
    complaints.forget()


@pytest.fixture
def collector() -> Generator[Collector]:
    """An OTLP/HTTP endpoint of this test's."""
    with running_collector() as running:
        yield running


@pytest.fixture
def program_environment(collector: Collector, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Makes the environment of a program that sends to the collector: nothing of this process's settings.

    Coverage is not measured there: it opens SQLite and takes SIGTERM, both of which the tests look at.
    """

    def make(env: Mapping[str, str] | None = None) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SONDE_", "OTEL_", "COVERAGE_"))
        }
        return {
            **inherited,
            "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)]),
            "PYTHONUNBUFFERED": "1",
            "SONDE_ENDPOINT": collector.url,
            "SONDE_EXPORT_INTERVAL_S": "0.1",
            "HOME": str(tmp_path),
            **(env or {}),
        }

    return make


@pytest.fixture
def start_program(
    program_environment: Callable[..., dict[str, str]], tmp_path: Path
) -> Generator[StartProgram]:
    """Starts a Python source text as a process of its own, in `tmp_path`; it is killed when the test ends."""
    started: list[subprocess.Popen[str]] = []

    def start(source: str, env: Mapping[str, str] | None = None, *arguments: str) -> subprocess.Popen[str]:
        path = tmp_path / "program.py"
        path.write_text(source, encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, str(path), *arguments],
            env=program_environment(env),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        # With its children, which may hold its output open.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def run_program(start_program: StartProgram) -> RunProgram:
    """Runs a Python source text as a process of its own to its end, which must come within `timeout_s`.

    `returncode` is the exit code that is expected; None takes any.
    """

    def run(
        source: str,
        env: Mapping[str, str] | None = None,
        *,
        timeout_s: float = 60,
        returncode: int | None = 0,
        arguments: Sequence[str] = (),
    ) -> subprocess.CompletedProcess[str]:
        process = start_program(source, env, *arguments)
        out, err = process.communicate(timeout=timeout_s)
        assert returncode is None or process.returncode == returncode, err
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    return run
