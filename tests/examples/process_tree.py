"""What a program started, by /proc: whoever its parents are, and what is left when it has ended."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MARK = "PROCESS_TREE_MARK"


@dataclass
class ProcessTree:
    """The processes below a program that is started with `environment()`.

    They are known by a variable that they inherit, or by their parent: Redis writes over its environment.
    """

    mark: str = field(default_factory=lambda: f"{MARK}={secrets.token_hex(8)}")
    seen: dict[int, str] = field(default_factory=dict[int, str])

    def environment(self) -> Mapping[str, str]:
        """The caller's, without settings of Sonde and OpenTelemetry, and with the mark."""
        own = ("SONDE_", "OTEL_", "REDIS_URL")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        name, _, value = self.mark.partition("=")
        return {**inherited, name: value, "PYTHONUNBUFFERED": "1"}

    def below(self, pid: int) -> list[str]:
        """Command lines of all processes below this one, directly or not; noted for `left()`."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        known = {pid}
        while more := {child for child, parent in parents.items() if parent in known} - known:
            known |= more
        found = {each: _command(each) for each in known - {pid}}
        self.seen |= found
        return list(found.values())

    def left(self) -> list[str]:
        """Command lines of those that still run."""
        if sys.platform != "linux":
            return []
        noted = [line for pid, line in self.seen.items() if line and _command(pid) == line]
        marked: list[str] = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.mark.encode() in entry.read_bytes():
                    marked.append(_command(int(entry.parent.name)))
            except OSError:
                continue
        return sorted({*noted, *marked})


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ").strip()
    except OSError:
        return ""
