"""Runs `sonde` in a process of its own, as a person would: on a pipe, or on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


def environment(**variables: str) -> dict[str, str]:
    """The caller's environment without its own settings, and these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SONDE_", "COLUMNS"))}
    return kept | {"NO_COLOR": "1"} | variables


def sonde(
    *arguments: str, env: Mapping[str, str] | None = None, stdin: str = "", cwd: Path | None = None
) -> Ran:
    """Run a command to its end, on pipes."""
    done = subprocess.run(
        [sys.executable, "-m", "sonde", *arguments],
        env=environment(**(env or {})),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def sonde_on_a_terminal(*arguments: str, columns: int, env: Mapping[str, str] | None = None) -> str:
    """Run a command with a terminal as its standard output; what it wrote there."""
    leader, follower = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "sonde", *arguments],
            env=environment(COLUMNS=str(columns), TERM="xterm-256color", **(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=follower,
            stderr=subprocess.DEVNULL,
        ):
            os.close(follower)
            follower = -1
            pieces: list[bytes] = []
            while piece := _read(leader):
                pieces.append(piece)
    finally:
        os.close(leader)
        if follower >= 0:
            os.close(follower)
    return b"".join(pieces).decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says EIO once the other side is closed
        return b""
