"""Runs sender.py, under strace where a fault is to be injected."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SENDER = Path(__file__).with_name("sender.py")


@dataclass
class Outcome:
    """What a sender printed, and how it ended: 0, or minus the signal that killed it."""

    lines: list[str]
    status: int

    @property
    def accepted(self) -> set[str]:
        words = [line.split() for line in self.lines if line.startswith(("stored ", "duplicate "))]
        return {word[1] for word in words}


@dataclass
class Sending:
    folder: Path
    count: int
    threads: int = 4
    strace: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        arguments = [self.folder / "journal", self.folder / "store", self.count, self.threads]
        command = [*self.strace, sys.executable, SENDER, *arguments]
        # Were its coverage measured, the faults would hit the files that takes.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        self._process = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._lines: list[str] = []

    def wait_for(self, *beginnings: str) -> str:
        """Read what the sender prints up to a line that begins like one of these; answers that line."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)
            if line.startswith(beginnings):
                return line
        raise AssertionError(f"the sender ended: {self._process.communicate()[1]}")

    def kill(self) -> Outcome:
        """Kill the sender. A strace around it would let it go on if that were killed instead."""
        pid = self._process.pid
        if self.strace:
            [pid] = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        os.kill(pid, signal.SIGKILL)
        return self.finish()

    def finish(self) -> Outcome:
        """Wait for its end. The last line of a killed process may lack its end; it does not count then."""
        out, err = self._process.communicate(timeout=60)
        assert "Traceback" not in err, err
        lines = "".join([*self._lines, out]).splitlines(keepends=True)
        return Outcome([line.rstrip() for line in lines if line.endswith("\n")], self._process.returncode)


def stored_names(folder: Path) -> list[str]:
    """Names of the requests in the store, as often as they are in it."""
    return [name for line in (folder / "store").read_text().splitlines() for name in line.split()[2:]]


def strace(*options: str) -> list[str]:
    """The begin of a command line that runs a program under strace; skips the test where that can't be."""
    path = shutil.which("strace")
    if path is None:
        pytest.skip("strace is not installed")
    command = [path, "-f", "-e", "trace=none", "true"]
    probe = subprocess.run(command, capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"strace may not trace here: {probe.stderr.strip()}")
    return [path, "-f", *options]
