"""Spans that begin in one call and end in another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.trace import StatusCode
from tests.sdk.spans.lineage import attributes_of, parent_of

import sonde
from sonde.sdk import imperative
from sonde.testing import Capture


def test_a_span_begins_and_ends_by_its_id(captured: Capture) -> None:
    span_id = sonde.start_span("sync_all", {"teams": 3, "plan": {"a": 1}})
    assert len(span_id) == 16
    assert captured.spans == []
    sonde.end_span(span_id)
    span = captured.span("sync_all")
    assert span.context is not None
    assert f"{span.context.span_id:016x}" == span_id
    assert attributes_of(captured, "sync_all") == {"teams": 3, "plan": '{"a":1}'}
    assert span.status.status_code is StatusCode.OK


def test_until_it_ends_it_is_the_parent_of_what_follows(captured: Capture) -> None:
    outer = sonde.start_span("outer")
    inner = sonde.start_span("inner")
    with sonde.span("block in inner"):
        pass
    sonde.end_span(inner)
    with sonde.span("block in outer"):
        sonde.emit_event("seen")
    sonde.end_span(outer)
    with sonde.span("after"):
        pass
    assert parent_of(captured, "inner") == "outer"
    assert parent_of(captured, "block in inner") == "inner"
    assert parent_of(captured, "block in outer") == "outer"
    assert parent_of(captured, "after") is None


def test_spans_that_end_in_another_order_leave_the_right_parent(captured: Capture) -> None:
    first, second, third = (sonde.start_span(name) for name in ("first", "second", "third"))
    sonde.end_span(second)
    with sonde.span("in third"):
        pass
    sonde.end_span(third)
    with sonde.span("in first"):
        pass
    sonde.end_span(first)
    assert not sonde.current_span().is_recording()
    assert parent_of(captured, "in third") == "third"
    assert parent_of(captured, "in first") == "first"


def test_a_span_may_end_in_another_thread(captured: Capture) -> None:
    span_id = sonde.start_span("begun here")
    thread = threading.Thread(target=sonde.end_span, args=(span_id, "error", "E_TIMEOUT"))
    thread.start()
    thread.join()
    with sonde.span("after"):
        pass
    assert captured.span("begun here").status.status_code is StatusCode.ERROR
    assert parent_of(captured, "after") is None


def test_a_parent_may_be_named_by_its_id_in_another_thread(
    captured: Capture, said: Callable[[], list[str]]
) -> None:
    parent = sonde.start_span("parent")

    def work() -> None:
        sonde.end_span(sonde.start_span("child", parent=parent))
        sonde.end_span(sonde.start_span("orphan", parent="0" * 16))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    sonde.end_span(parent)
    assert parent_of(captured, "child") == "parent"
    assert parent_of(captured, "orphan") is None
    assert len(said()) == 1


def test_within_a_block_the_block_decides(captured: Capture) -> None:
    with sonde.span("block"):
        span_id = sonde.start_span("begun within")
    assert not sonde.current_span().is_recording()
    with sonde.span("after"):
        sonde.end_span(span_id)
        assert sonde.current_span().is_recording()
    assert parent_of(captured, "begun within") == "block"
    assert parent_of(captured, "after") is None


def test_a_span_that_ends_within_a_later_block_is_gone_after_it(captured: Capture) -> None:
    span_id = sonde.start_span("outer")
    with sonde.span("block"):
        sonde.end_span(span_id)
        with sonde.span("within"):
            pass
    with sonde.span("after"):
        pass
    assert parent_of(captured, "within") == "block"
    assert parent_of(captured, "after") is None


def test_tasks_have_their_own(captured: Capture) -> None:
    async def work(name: str) -> None:
        span_id = sonde.start_span(name)
        await asyncio.sleep(0.001)
        with sonde.span(f"in {name}"):
            await asyncio.sleep(0)
        sonde.end_span(span_id)

    async def main() -> None:
        with sonde.span("main"):
            await asyncio.gather(*(work(str(number)) for number in range(5)))

    asyncio.run(main())
    for number in range(5):
        assert parent_of(captured, str(number)) == "main"
        assert parent_of(captured, f"in {number}") == str(number)


@pytest.mark.parametrize(
    ("status", "error", "code", "attributes"),
    [
        ("success", None, StatusCode.OK, {}),
        ("skipped", None, StatusCode.OK, {"sonde.status": "skipped"}),
        ("blocked", "country", StatusCode.OK, {"sonde.status": "blocked", "error.type": "country"}),
        ("error", None, StatusCode.ERROR, {}),
        ("error", "E_TIMEOUT", StatusCode.ERROR, {"error.type": "E_TIMEOUT"}),
        ("error", 504, StatusCode.ERROR, {"error.type": "504"}),
        ("success", "E_TIMEOUT", StatusCode.ERROR, {"error.type": "E_TIMEOUT"}),
        (
            "error",
            "the other side hung up",
            StatusCode.ERROR,
            {"error.type": "_OTHER", "sonde.error.detail": "the other side hung up"},
        ),
        ("error", OSError("gone"), StatusCode.ERROR, {"error.type": "OSError"}),
        ("success", OSError("gone"), StatusCode.ERROR, {"error.type": "OSError"}),
    ],
)
def test_status_and_error_say_how_it_ended(
    captured: Capture, status: str, error: Any, code: StatusCode, attributes: dict[str, object]
) -> None:
    sonde.end_span(sonde.start_span("x"), status, error)
    span = captured.span("x")
    assert span.status.status_code is code
    assert attributes_of(captured, "x") == attributes
    assert len(span.events) == isinstance(error, Exception)


def test_an_id_that_is_not_open_is_said_once(captured: Capture, said: Callable[[], list[str]]) -> None:
    span_id = sonde.start_span("x")
    sonde.end_span(span_id)
    sonde.end_span(span_id)
    sonde.end_span("no such id")
    wrong: Any = {"unhashable": []}
    sonde.end_span(wrong)
    assert len(said()) == 1
    assert span_id in said()[0]
    assert captured.names() == ["x"]


def test_a_status_that_there_is_not_is_said_and_survived(
    captured: Capture, said: Callable[[], list[str]]
) -> None:
    sonde.end_span(sonde.start_span("x"), "finished")
    assert captured.span("x").status.status_code is StatusCode.OK
    assert len(said()) == 1


def test_an_open_span_is_written_at_its_start(captured: Capture) -> None:
    span_id = sonde.start_span("job", open=True)
    assert [span.name for span in captured.announced] == ["job"]
    sonde.end_span(span_id)


def test_what_is_never_ended_is_ended_some_day(
    captured: Capture, said: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imperative, "_MAX_OPEN", 3)

    def begin() -> list[str]:
        return [sonde.start_span(f"span {number}") for number in range(5)]

    ids: list[str] = []
    thread = threading.Thread(target=lambda: ids.extend(begin()))
    thread.start()
    thread.join()
    assert captured.names() == ["span 0", "span 1"]
    for span_id in ids[2:]:
        sonde.end_span(span_id)
    assert len(said()) == 1


def test_many_threads_begin_and_end_at_once(captured: Capture, said: Callable[[], list[str]]) -> None:
    def work() -> None:
        for _ in range(200):
            outer = sonde.start_span("outer")
            sonde.end_span(sonde.start_span("inner"))
            sonde.end_span(outer)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    roots = {span.context.span_id for span in captured.spans if span.name == "outer" and span.context}
    inner = [span for span in captured.spans if span.name == "inner"]
    assert len(roots) == len(inner) == 1_600
    assert {span.parent.span_id for span in inner if span.parent} == roots
    assert said() == []
