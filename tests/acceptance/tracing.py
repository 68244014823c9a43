"""Faults at an exact step, put in from outside with strace's injection: the server has no hooks for tests.

strace counts calls per thread. The engine inserts in the thread that calls it, so attaching to that thread
alone makes "the third rename" mean the third part of the block.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from bench.server_process import SondeServer

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

_CALL = re.compile(r"^(\d+)\s+(?:\d+\.\d+ )?(\w+)\((.*)$")


@dataclass(frozen=True)
class Call:
    """One traced system call."""

    thread_id: int
    name: str
    arguments: str


@contextmanager
def _strace(server: SondeServer, arguments: list[str]) -> Generator[None]:
    """strace attached for the time of the block; gone with the server when that dies."""
    with subprocess.Popen(
        ["strace", "-qq", *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as tracer:
        try:
            _wait_attached(server, tracer)
            yield
        finally:
            if tracer.poll() is None:
                tracer.terminate()
            tracer.wait(timeout=10)


def _wait_attached(server: SondeServer, tracer: subprocess.Popen[str]) -> None:
    """Until some thread of the server says in /proc that `tracer` traces it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if tracer.poll() is not None:
            pytest.skip(f"strace may not trace here: {tracer.stderr.read() if tracer.stderr else ''}")
        for status in Path(f"/proc/{server.pid}/task").glob("*/status"):
            if f"TracerPid:\t{tracer.pid}\n" in status.read_text():
                # The other threads of the process are attached in the same sweep.
                time.sleep(0.1)
                return
        time.sleep(0.01)
    raise AssertionError("strace did not attach within 10 s")


def observe(server: SondeServer, calls: str, act: Callable[[], object], log: Path) -> list[Call]:
    """Does `act` while recording the system calls named in `calls` (strace's list) of all threads."""
    with _strace(server, ["-f", "-y", "-e", f"trace={calls}", "-o", str(log), "-p", str(server.pid)]):
        act()
    found = (_CALL.match(line) for line in log.read_text(errors="replace").splitlines())
    return [Call(int(call[1]), call[2], call[3]) for call in found if call]


@contextmanager
def fault(server: SondeServer, thread_id: int, injection: str, log: Path) -> Generator[None]:
    """Within the block `injection` (as `rename:signal=SIGKILL:when=2`) strikes in that thread only."""
    call = injection.partition(":")[0]
    arguments = ["-y", "-e", f"trace={call}", "-e", f"inject={injection}", "-o", str(log)]
    with _strace(server, [*arguments, "-p", str(thread_id)]):
        yield


@dataclass(frozen=True)
class Steps:
    """Which threads do the steps of one request's way to the disk, and how many parts it renames."""

    journal_thread: int
    insert_thread: int
    delete_thread: int
    part_renames: int
    journal_calls: tuple[str, ...]


def find_steps(server: SondeServer, act: Callable[[], object], log: Path) -> Steps:
    """Learns the steps from what the server does during `act`, which has to end with a flush."""
    calls = observe(
        server, "fdatasync,fsync,rename,renameat2,unlink,unlinkat,write,pwrite64,writev", act, log
    )
    journal = f"{server.data_dir}/journal/"
    syncs = [call for call in calls if call.name == "fdatasync" and journal in call.arguments]
    renames = [call for call in calls if call.name == "rename" and "tmp_insert" in call.arguments]
    deletes = [call for call in calls if call.name.startswith("unlink") and journal in call.arguments]
    assert syncs, "no fdatasync of the journal was seen"
    assert renames, "no rename of a part was seen"
    assert deletes, "no segment was seen to be deleted"
    insert_threads = {call.thread_id for call in renames}
    assert len(insert_threads) == 1, f"parts were renamed by several threads: {insert_threads}"
    return Steps(
        journal_thread=syncs[0].thread_id,
        insert_thread=insert_threads.pop(),
        delete_thread=deletes[0].thread_id,
        part_renames=len(renames),
        journal_calls=tuple(
            call.name for call in calls if journal in call.arguments and call.thread_id == syncs[0].thread_id
        ),
    )
