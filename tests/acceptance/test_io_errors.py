"""The disk says no at each step: what cannot be journaled is refused, the rest is stored once."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

import httpx
import pytest
from tests.acceptance.conftest import NewServer
from tests.acceptance.stored import assert_exactly_once
from tests.acceptance.telemetry import Request, Sender, of_each_signal, post, spans
from tests.acceptance.test_kill_at_each_step import DAYS, segments, wait_until, warm
from tests.acceptance.tracing import fault, needs_strace

pytestmark = [pytest.mark.slow, pytest.mark.root, pytest.mark.timeout(90), needs_strace]


ERRORS = ("ENOSPC", "EIO")


@pytest.mark.timeout(180)
def test_what_cannot_be_journaled_is_refused_and_its_retry_is_stored_once(
    new_server: NewServer, tmp_path: Path
) -> None:
    server = new_server().start()
    steps, sent = warm(server, tmp_path / "steps")
    failures = itertools.product(("openat", "writev", "fdatasync"), ERRORS)
    for batch, (call, error) in enumerate(failures, 1):
        request = spans(batch, days=DAYS)
        log = tmp_path / f"fault-{batch}"
        # Nothing is under way: the next record opens a segment.
        wait_until(lambda: not segments(server), "the stored segments were not deleted")
        with fault(server, steps.journal_thread, f"{call}:error={error}:when=1", log):
            refused = post(server.url, request)
        assert "INJECTED" in log.read_text(), call
        assert refused.status_code == 503, call
        assert int(refused.headers["retry-after"]) >= 1
        assert post(server.url, request).status_code == 200
        rest = of_each_signal(100 + batch, days=DAYS)
        assert [post(server.url, other).status_code for other in rest] == [200, 200, 200]
        server.flush()
        sent += [request, *rest]
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, sent)


def test_a_refused_record_does_not_come_back_beside_its_retry(new_server: NewServer, tmp_path: Path) -> None:
    """The failed write may have reached the disk: a crash before the retry is stored must not double it."""
    server = new_server(journal_idle_ms=3000, journal_segment_ms=3000).start()
    steps, first = warm(server, tmp_path / "steps")
    request = spans(1, days=DAYS)
    with fault(server, steps.journal_thread, "fdatasync:error=EIO:when=1", tmp_path / "fault"):
        assert post(server.url, request).status_code == 503
    assert post(server.url, request).status_code == 200
    server.kill()
    server.start()
    assert post(server.url, request).status_code == 200
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [*first, request])


@pytest.mark.timeout(240)
def test_an_insert_that_fails_halfway_is_made_whole(new_server: NewServer, tmp_path: Path) -> None:
    """The n-th failure hits the segment of batch n: a batch that is lost or doubled names it."""
    server = new_server().start()
    steps, sent = warm(server, tmp_path / "steps")
    calls = (*(f"rename:when={part}" for part in (1, 2, 4, 6)), "fdatasync:when=2", "mkdir:when=2")
    for batch, (call, error) in enumerate(itertools.product(calls, ERRORS), 1):
        name, _, when = call.partition(":")
        requests = of_each_signal(batch, days=DAYS)
        log = tmp_path / f"fault-{batch}"
        with fault(server, steps.insert_thread, f"{name}:error={error}:{when}", log):
            assert [post(server.url, request).status_code for request in requests] == [200, 200, 200]
            server.flush()
        assert "INJECTED" in log.read_text(), call
        sent += requests
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, sent)


def test_a_segment_that_cannot_be_deleted_is_not_stored_again(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server().start()
    steps, first = warm(server, tmp_path / "steps")
    requests = of_each_signal(1, days=DAYS)
    with fault(server, steps.delete_thread, "unlink:error=EIO", tmp_path / "fault"):
        assert [post(server.url, request).status_code for request in requests] == [200, 200, 200]
        server.flush()
        wait_until(lambda: "INJECTED" in (tmp_path / "fault").read_text(), "nothing was deleted")
        server.kill()
    server.start()
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [*first, *requests])


def test_a_store_that_answers_errors_for_a_while_delays_and_loses_nothing(
    new_server: NewServer, tmp_path: Path
) -> None:
    server = new_server().start()
    steps, first = warm(server, tmp_path / "steps")
    sender = Sender(
        server.url,
        [(request for batch in range(1, 10_000) for request in of_each_signal(batch, days=DAYS))],
    )
    reads: list[int] = []
    with fault(server, steps.insert_thread, "rename:error=EIO", tmp_path / "fault"):
        sender.start()
        for _ in range(8):
            time.sleep(1)
            reads.append(httpx.get(f"{server.url}/api/v1/services", timeout=10).status_code)
        waiting = len(sender.acknowledged)
    sender.finish()
    assert waiting > 20, "the journal did not take requests while the store was failing"
    assert reads == [200] * 8
    server.flush()
    assert server.stop() == 0
    assert not sender.unexpected
    assert_exactly_once(server.data_dir, [*first, *sender.acknowledged])


def test_requests_under_way_when_the_journal_fails_are_answered(
    new_server: NewServer, tmp_path: Path
) -> None:
    server = new_server().start()
    steps, first = warm(server, tmp_path / "steps")
    requests: list[Request] = [spans(batch, days=DAYS) for batch in range(1, 13)]
    answers: dict[int, int] = {}

    def send(request: Request) -> None:
        answers[request.batch] = post(server.url, request).status_code

    threads = [threading.Thread(target=send, args=(request,)) for request in requests]
    with fault(server, steps.journal_thread, "fdatasync:error=ENOSPC:when=1..3", tmp_path / "fault"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(answers.values()) <= {200, 503}
    assert 503 in answers.values()
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(
        server.data_dir, [*first, *(request for request in requests if answers[request.batch] == 200)]
    )
