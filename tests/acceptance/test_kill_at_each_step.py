"""`kill -9` at every step on the way to the disk, by strace: before and after the journal's fdatasync, before
each part's rename (so between the tables too), after the inserts and before the segment's end.

The client sends again what was not acknowledged, as OpenTelemetry's exporters do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest
from bench.server_process import SondeServer
from tests.acceptance.conftest import NewServer
from tests.acceptance.stored import assert_exactly_once
from tests.acceptance.telemetry import Request, of_each_signal, post
from tests.acceptance.tracing import Steps, fault, find_steps, needs_strace

pytestmark = [pytest.mark.slow, pytest.mark.root, pytest.mark.timeout(60), needs_strace]

DAYS = (0, 1, 2)
# Parts of one segment of all three signals over three days: three each of spans, logs and points, one of each
# derived table. A rename beyond the last part strikes nothing, which the test notices.
PART_RENAMES = 11


def acknowledged_of(server: SondeServer, requests: Sequence[Request]) -> list[Request]:
    """Sends the requests at once, each over its own connection; those that were answered 200."""
    acknowledged: list[Request] = []

    def send(request: Request) -> None:
        try:
            if post(server.url, request).status_code == 200:
                acknowledged.append(request)
        except httpx.TransportError:
            return

    threads = [threading.Thread(target=send, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return acknowledged


def warm(server: SondeServer, log: Path, *, batch: int = 0) -> tuple[Steps, list[Request]]:
    """The threads of a server that store something, and what they stored: `batch`."""
    first = of_each_signal(batch, days=DAYS)

    def store_first() -> None:
        assert len(acknowledged_of(server, first)) == len(first)
        server.flush()
        wait_until(lambda: not segments(server), "the stored segment was not deleted")

    return find_steps(server, store_first, log), first


def segments(server: SondeServer) -> list[Path]:
    """Files of the journal whose records may not be in the store yet."""
    return [file for file in (server.data_dir / "journal").iterdir() if file.suffix in (".open", ".closed")]


def wait_until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def wait_dead(server: SondeServer) -> None:
    wait_until(lambda: server.exit_code is not None, "the fault did not strike")


def finish_after_restart(server: SondeServer, requests: Sequence[Request], before: Sequence[Request]) -> None:
    """Starts again, sends everything once more, and compares what is stored."""
    server.start()
    again = acknowledged_of(server, requests)
    assert len(again) == len(requests)
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [*before, *requests])


def test_killed_before_the_fdatasync(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server().start()
    steps, first = warm(server, tmp_path / "steps")
    requests = of_each_signal(1, days=DAYS)
    with fault(server, steps.journal_thread, "fdatasync:signal=SIGKILL:when=1", tmp_path / "fault"):
        assert acknowledged_of(server, requests) == []
        wait_dead(server)
    finish_after_restart(server, requests, first)


def test_killed_after_the_fdatasync_and_before_the_answer(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server().start()
    steps, first = warm(server, tmp_path / "steps")
    requests = of_each_signal(1, days=DAYS)
    with fault(server, steps.journal_thread, "fdatasync:delay_exit=4000000:when=1", tmp_path / "fault"):
        killer = threading.Timer(1.0, server.kill)
        killer.start()
        # Requests that came too late for the delayed group wait for the next fdatasync: not one is answered.
        assert acknowledged_of(server, requests) == []
        killer.join()
    finish_after_restart(server, requests, first)


@pytest.mark.timeout(240)
def test_killed_before_each_parts_rename(new_server: NewServer, tmp_path: Path) -> None:
    """The n-th kill hits the segment of batch n: a batch that is lost or doubled names the rename."""
    server = new_server().start()
    sent: list[Request] = []
    for rename in range(1, PART_RENAMES + 1):
        steps, first = warm(server, tmp_path / f"steps-{rename}", batch=1000 + rename)
        requests = of_each_signal(rename, days=DAYS)
        log = tmp_path / f"fault-{rename}"
        with fault(server, steps.insert_thread, f"rename:signal=SIGKILL:when={rename}", log):
            assert len(acknowledged_of(server, requests)) == len(requests)
            wait_dead(server)
        assert "tmp_insert" in log.read_text()
        sent += [*first, *requests]
        server.start()
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, sent)


def test_killed_after_the_inserts_and_before_the_segment_is_deleted(
    new_server: NewServer, tmp_path: Path
) -> None:
    server = new_server().start()
    steps, first = warm(server, tmp_path / "steps")
    requests = of_each_signal(1, days=DAYS)
    with fault(server, steps.delete_thread, "unlink:signal=SIGKILL:when=1", tmp_path / "fault"):
        acknowledged = acknowledged_of(server, requests)
        wait_dead(server)
    assert len(acknowledged) == len(requests)
    assert segments(server), "the segment was deleted before the kill"
    finish_after_restart(server, requests, first)
