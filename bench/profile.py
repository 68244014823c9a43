"""Where the server's time goes: py-spy's samples (where it is installed), by the place in our own code."""

from __future__ import annotations

import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.sender import NS_A_SECOND, in_process
from bench.server_process import SondeServer


@dataclass(frozen=True)
class Profile:
    """Share of samples (0..1) by function of Sonde (its own and what it called), and by leaf function."""

    by_sonde_function: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    by_leaf: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])


def thread_names(pid: int) -> dict[int, str]:
    """Python's names of the threads of a process, by thread id; none without py-spy."""
    py_spy = _py_spy()
    if py_spy is None:
        return {}
    dump = subprocess.run([py_spy, "dump", "--json", "--pid", str(pid)], capture_output=True, text=True)
    if dump.returncode != 0:
        return {}
    return {thread["os_thread_id"]: thread["thread_name"] for thread in json.loads(dump.stdout)}


def _py_spy() -> str | None:
    return shutil.which("py-spy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def profile_load(server: SondeServer, spans: int) -> Profile | None:
    """Samples the server under load; None where py-spy is not installed or may not trace."""
    py_spy = _py_spy()
    if py_spy is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "samples.txt"
        command = [py_spy, "record", "--pid", str(server.pid), "--format", "raw", "--output", str(output)]
        command += ["--rate", "200", "--duration", "60", "--nonblocking"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as tracer:
            time.sleep(1)
            in_process(
                server.http_port,
                spans,
                seed=8,
                start_ns=time.time_ns() - 60 * NS_A_SECOND,
                period_s=30,
            )
            server.flush()
            tracer.send_signal(2)
            tracer.wait(timeout=30)
        if not output.exists():
            return None
        return _summarise(output.read_text())


def _summarise(raw: str) -> Profile:
    ours: collections.Counter[str] = collections.Counter()
    leaves: collections.Counter[str] = collections.Counter()
    total = 0
    for line in raw.splitlines():
        stack, _, count_text = line.rpartition(" ")
        frames = stack.split(";")
        count = int(count_text)
        total += count
        leaves[_place(frames[-1])] += count
        innermost = next((frame for frame in reversed(frames) if "sonde/" in frame), None)
        ours[_place(innermost) if innermost else "outside Sonde (event loop, HTTP parser)"] += count
    if not total:
        return Profile()
    return Profile(
        [(name, count / total) for name, count in ours.most_common(12)],
        [(name, count / total) for name, count in leaves.most_common(8)],
    )


def _place(frame: str) -> str:
    """`insert_block (sonde/store/database.py:81)` without the line."""
    function, _, where = frame.partition(" (")
    file = where.rpartition(":")[0]
    return f"`{function}` ({file[file.find('sonde/') :] if 'sonde/' in file else Path(file).name})"
