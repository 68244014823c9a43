"""`with sonde.span(...)`: what it records, and that it never stands in the program's way."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from opentelemetry import context as otel_context
from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, StatusCode
from tests.sdk.spans.lineage import attributes_of, parent_of

import sonde
from sonde.sdk import runtime
from sonde.testing import Capture


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_a_block_is_a_span_with_attributes_of_any_kind(captured: Capture) -> None:
    with sonde.span("orders.load", {"order.id": 7, "a": 1}, a=2, basket={"items": [1, None]}) as span:
        assert span.is_recording()
        span.set(size=3, who={"id": 1})
        span.set_attribute("plain", b"bytes")
        span.set_attributes({"more": (1, 2)})
    assert attributes_of(captured, "orders.load") == {
        "order.id": 7,
        "a": 2,
        "basket": '{"items":[1,null]}',
        "size": 3,
        "who": '{"id":1}',
        "plain": "bytes",
        "more": (1, 2),
    }
    assert captured.span("orders.load").status.status_code is StatusCode.UNSET


def test_names_of_parameters_are_free_for_attributes(captured: Capture) -> None:
    with sonde.span("x", name="n", attributes="a", kind="k", parent="p", open=True):
        pass
    assert attributes_of(captured, "x") == {
        "name": "n",
        "attributes": "a",
        "kind": "k",
        "parent": "p",
        "open": True,
    }


def test_blocks_within_blocks_are_children(captured: Capture) -> None:
    with sonde.span("a"):
        with sonde.span("b"), sonde.span("c"):
            pass
        with sonde.span("d"):
            pass
    assert [parent_of(captured, name) for name in "abcd"] == [None, "a", "b", "a"]


def test_a_block_may_be_asynchronous(captured: Capture) -> None:
    async def main() -> None:
        async with sonde.span("a") as span, sonde.span("b"):
            await asyncio.sleep(0)
            span.set(x=1)

    asyncio.run(main())
    assert parent_of(captured, "b") == "a"
    assert attributes_of(captured, "a") == {"x": 1}


def test_it_mixes_with_spans_of_opentelemetry(captured: Capture) -> None:
    tracer = trace.get_tracer("theirs")
    with (
        sonde.span("ours") as ours,
        tracer.start_as_current_span("theirs") as theirs,
        sonde.span("inner"),
    ):
        assert sonde.current_span() != theirs
        assert trace.get_current_span(trace.set_span_in_context(ours)) is ours
    assert parent_of(captured, "theirs") == "ours"
    assert parent_of(captured, "inner") == "theirs"


def test_the_current_span_is_the_one_under_way_whoever_made_it(captured: Capture) -> None:
    assert not sonde.current_span().is_recording()
    sonde.current_span().set(nothing="happens")
    with sonde.span("ours") as ours:
        assert sonde.current_span() == ours
        assert trace.get_current_span() == ours
        sonde.current_span().set(x={"y": 1})
        assert ours.trace_id == f"{trace.get_current_span().get_span_context().trace_id:032x}"
        assert ours.span_id == f"{trace.get_current_span().get_span_context().span_id:016x}"
    with trace.get_tracer("theirs").start_as_current_span("theirs") as theirs:
        assert sonde.current_span() == theirs
        sonde.current_span().set(x=[1, 2])
    assert attributes_of(captured, "ours") == {"x": '{"y":1}'}
    assert attributes_of(captured, "theirs") == {"x": (1, 2)}


def test_kind_links_and_parent_are_taken(captured: Capture) -> None:
    with sonde.span("first") as first:
        elsewhere = otel_context.get_current()
    wrong: Any = "no link"
    links = [first, first.get_span_context(), trace.Link(first.get_span_context(), {"a": 1}), wrong]
    with sonde.span("second", _kind=SpanKind.CLIENT, _links=links, _parent=elsewhere), sonde.span("third"):
        pass
    second = captured.span("second")
    assert second.kind is SpanKind.CLIENT
    assert [link.context for link in second.links] == [first.get_span_context()] * 3
    assert parent_of(captured, "second") == "first"
    assert parent_of(captured, "third") == "second"


def test_an_open_span_is_written_at_its_start_and_with_what_it_has_when_announced_again(
    captured: Capture,
) -> None:
    with sonde.span("job", _open=True, step=1) as span:
        assert [(each.name, each.end_time) for each in captured.announced] == [("job", None)]
        span.set(step=2)
        span.announce()
    first, second = (each.attributes or {} for each in captured.announced)
    assert second["step"] == 2
    assert first.keys() == second.keys()
    assert len(captured.spans) == 1


def test_an_exception_goes_on_unchanged_and_is_recorded_once(captured: Capture) -> None:
    error = ValueError("broken")
    with pytest.raises(ValueError, match="broken") as raised, sonde.span("outer"), sonde.span("inner"):
        raise error
    assert raised.value is error
    inner, outer = captured.span("inner"), captured.span("outer")
    for span in (inner, outer):
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description == "ValueError: broken"
        assert (span.attributes or {})["error.type"] == "ValueError"
    assert outer.events == ()
    (event,) = inner.events
    assert event.name == "exception"
    recorded = event.attributes or {}
    assert recorded["exception.type"] == "ValueError"
    assert recorded["exception.message"] == "broken"
    assert "raise error" in str(recorded["exception.stacktrace"])


def test_an_exception_that_is_raised_again_in_another_trace_is_recorded_there_too(captured: Capture) -> None:
    error = KeyError("again")
    for name in ("first", "second"):
        with pytest.raises(KeyError), sonde.span(name):
            raise error
    assert [len(captured.span(name).events) for name in ("first", "second")] == [1, 1]


def test_an_exception_the_program_records_itself_is_there_once(captured: Capture) -> None:
    with pytest.raises(OSError, match="gone"), sonde.span("x") as span:  # noqa: PT012
        try:
            raise OSError("gone")
        except OSError as error:
            span.record_exception(error, {"tried": {"times": 3}})
            span.set_attribute("error.type", "E_DISK")
            raise
    (event,) = captured.span("x").events
    assert (event.attributes or {})["tried"] == '{"times":3}'
    assert attributes_of(captured, "x")["error.type"] == "E_DISK"


def test_an_exception_that_cannot_even_be_shown_is_recorded(captured: Capture) -> None:
    with pytest.raises(Unspeakable), sonde.span("x"):
        raise Unspeakable
    (event,) = captured.span("x").events
    assert (event.attributes or {})["exception.type"] == f"{__name__}.Unspeakable"
    assert (event.attributes or {})["exception.message"] == "<Unspeakable: RuntimeError>"


def test_a_huge_exception_is_bounded_and_keeps_its_ends(captured: Capture) -> None:
    with pytest.raises(ValueError, match="x"), sonde.span("x"):  # noqa: PT012
        message = "x" * 1_000_000
        raise ValueError(message + "\ud800")
    (event,) = captured.span("x").events
    recorded = event.attributes or {}
    assert len(str(recorded["exception.message"])) < 5_000
    assert len(str(recorded["exception.stacktrace"])) < 33_000
    assert str(recorded["exception.stacktrace"]).startswith("Traceback")
    str(recorded["exception.stacktrace"]).encode()


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError])
def test_leaving_without_an_error_is_none(captured: Capture, leaving: type[BaseException]) -> None:
    with pytest.raises(leaving), sonde.span("x"):
        raise leaving
    assert captured.span("x").status.status_code is StatusCode.UNSET
    assert captured.span("x").events == ()


def test_recursion_up_to_pythons_limit_raises_what_it_would_without_spans(captured: Capture) -> None:
    def deeper(depth: int) -> int:
        with sonde.span("deeper", depth=depth):
            return deeper(depth + 1)

    before = otel_context.get_current()
    with pytest.raises(RecursionError):
        deeper(0)
    assert otel_context.get_current() is before
    with sonde.span("after"):
        pass
    assert parent_of(captured, "after") is None


def test_ten_thousand_attributes_and_a_million_characters_go_through(captured: Capture) -> None:
    with sonde.span(
        "x" * 1_000_000, {f"a{number}": number for number in range(10_000)}, long="y" * 1_000_000
    ):
        pass
    (span,) = captured.spans
    assert len(span.name) < 300
    assert len(span.attributes or {}) <= 128
    assert "code.function.name" in (span.attributes or {})


def test_names_that_are_no_text_or_cannot_be_encoded_become_text(captured: Capture) -> None:
    names: list[Any] = [None, 7, "\ud800", "für"]
    for name in names:
        with sonde.span(name):
            pass
    assert captured.names() == ["None", "7", "?", "für"]


def test_a_thread_that_leaves_a_block_it_did_not_enter_stays_as_it_is(
    captured: Capture, said: Callable[[], list[str]]
) -> None:
    block = sonde.span("handed over")
    begun = contextvars.copy_context()
    begun.run(block.__enter__)
    seen: list[str] = []

    def leave() -> None:
        with sonde.span("elsewhere"):
            block.__exit__(None, None, None)
            seen.append(sonde.current_span().name)

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()
    assert seen == ["elsewhere"]
    assert "handed over" in captured.names()
    begun.run(block.__exit__, None, None, None)
    assert captured.names().count("handed over") == 1
    assert said() == []


def test_a_task_started_within_a_block_may_leave_it(captured: Capture, said: Callable[[], list[str]]) -> None:
    async def main() -> None:
        stack = ExitStack()
        with sonde.span("around"):
            stack.enter_context(sonde.span("left by a task"))

            async def leave() -> str:
                stack.close()
                return sonde.current_span().name

            assert await asyncio.create_task(leave()) == "around"

    asyncio.run(main())
    assert parent_of(captured, "left by a task") == "around"
    assert said() == []


class FailingProcessor(SpanProcessor):
    def on_start(self, span: Any, parent_context: otel_context.Context | None = None) -> None:
        raise RuntimeError("start")

    def on_end(self, span: ReadableSpan) -> None:
        raise RuntimeError("end")


def test_a_processor_that_raises_is_said_once_and_survived(said: Callable[[], list[str]]) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(FailingProcessor())
    failing = runtime.Runtime(
        provider.get_tracer("x"), get_logger("x"), metrics.get_meter("x"), announce=lambda _span: None
    )
    before = runtime.override(failing)
    try:
        for _ in range(3):
            with sonde.span("x") as span:
                span.set(a=1)
            with pytest.raises(ValueError, match="theirs"), sonde.span("y"):
                raise ValueError("theirs")
    finally:
        runtime.override(before)
    assert said() == ["cannot start a span"]


def test_wrong_use_of_a_span_is_survived(captured: Capture, said: Callable[[], list[str]]) -> None:
    wrong: Any = object()
    with sonde.span("x", wrong) as span:
        span.set_attributes(wrong)
        span.set_attribute(wrong, wrong)
        span.set(wrong)
        span.set_status(wrong)
        span.add_event(wrong, wrong)
        span.add_link(wrong)
        span.update_name(wrong)
        span.record_exception(wrong)
    assert len(captured.spans) == 1
    assert said()
