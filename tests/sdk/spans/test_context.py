"""Correlation ids, and context that travels in messages."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from hashlib import sha256
from typing import Any

import pytest
from opentelemetry import baggage, propagate, trace
from opentelemetry.context import Context
from opentelemetry.instrumentation.asgi import asgi_getter
from opentelemetry.instrumentation.wsgi import wsgi_getter
from tests.sdk.spans.lineage import attributes_of, parent_of

import sonde
from sonde.sdk.context import propagator
from sonde.sdk.inherited import inherited_attributes
from sonde.testing import Capture

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"


def correlation_of(capture: Capture, name: str) -> object:
    return attributes_of(capture, name).get("correlation.id")


def test_a_correlation_id_is_on_everything_below_and_nothing_else(captured: Capture) -> None:
    with sonde.correlation("corr_abc") as given:
        assert given == "corr_abc"
        with sonde.span("below"), trace.get_tracer("theirs").start_as_current_span("theirs"):
            sonde.event("event")
    with sonde.span("after"):
        pass
    assert [correlation_of(captured, name) for name in ("below", "theirs", "after")] == [
        "corr_abc",
        "corr_abc",
        None,
    ]
    assert (captured.event("event").attributes or {})["correlation.id"] == "corr_abc"


def test_without_an_id_a_new_one_is_made(captured: Capture) -> None:
    with sonde.correlation() as first, sonde.span("first"):
        pass
    with sonde.correlation("") as second:
        assert first != second
    assert correlation_of(captured, "first") == first
    assert first.startswith("corr_")
    assert len(first) == 21


def test_correlations_nest(captured: Capture) -> None:
    with sonde.correlation("outer"):
        with sonde.correlation("inner"), sonde.span("a"):
            pass
        with sonde.span("b"):
            pass
    assert correlation_of(captured, "a") == "inner"
    assert correlation_of(captured, "b") == "outer"


def test_one_correlation_may_be_entered_again(captured: Capture) -> None:
    again = sonde.correlation("again")
    with again, again, sonde.span("a"):
        pass
    with again, sonde.span("b"):
        pass
    assert not inherited_attributes()
    assert [correlation_of(captured, name) for name in "ab"] == ["again", "again"]


def test_one_correlation_or_message_may_be_entered_by_many_tasks_and_threads_at_once(
    captured: Capture,
) -> None:
    shared, message = sonde.correlation("shared"), sonde.extract({"baggage": "correlation.id=message"})

    async def task(number: int) -> None:
        for _ in range(3):
            async with shared:
                await asyncio.sleep(0.001 * (number * 7 % 5))
                with sonde.span("in shared"):
                    await asyncio.sleep(0)
            async with message:
                await asyncio.sleep(0.001 * (number * 3 % 5))
                with sonde.span("in message"):
                    pass
            with sonde.span("outside"):
                pass

    async def many() -> None:
        await asyncio.gather(*map(task, range(10)))

    threads = [threading.Thread(target=asyncio.run, args=(many(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = {(span.name, (span.attributes or {}).get("correlation.id")) for span in captured.spans}
    assert found == {("in shared", "shared"), ("in message", "message"), ("outside", None)}


def test_functions_of_every_kind_may_be_correlated(captured: Capture) -> None:
    @sonde.correlation("fixed")
    def plain() -> None:
        with sonde.span("plain"):
            pass

    @sonde.correlation()
    async def coroutine() -> None:
        with sonde.span("coroutine"):
            await asyncio.sleep(0)

    @sonde.correlation
    def generator() -> Generator[int]:
        with sonde.span("generator"):
            yield 1

    @sonde.correlation("async")
    async def async_generator() -> AsyncGenerator[int]:
        with sonde.span("async generator"):
            yield 1

    async def main() -> None:
        await coroutine()
        async for _ in async_generator():
            assert not inherited_attributes()

    plain()
    asyncio.run(main())
    first = correlation_of(captured, "coroutine")
    asyncio.run(main())
    assert first != correlation_of(captured, "coroutine")
    for _ in generator():
        assert not inherited_attributes()
    assert correlation_of(captured, "plain") == "fixed"
    assert correlation_of(captured, "async generator") == "async"
    assert str(correlation_of(captured, "generator")).startswith("corr_")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" padded\n", " padded\n"),
        ("a\x00b\nc", "a\x00b\nc"),
        ("x" * 1_000, "x" * 1_000),
        ("x" * 1_000_000, "x" * 983 + "~1b977e9f84f1b26b"),
        ("a\ud800b", "a?b~" + sha256(b"a\xed\xa0\x80b").hexdigest()[:16]),
        ("für", "für"),
        (123, "123"),
    ],
)
def test_an_id_is_made_fit_to_travel(captured: Capture, given: str, kept: str) -> None:
    block = sonde.correlation(given)
    with block as correlation_id, sonde.span("x"):
        headers: dict[str, str] = {}
        sonde.inject(headers)
    assert correlation_id == kept
    assert correlation_of(captured, "x") == kept
    with sonde.extract(headers), sonde.span("y"):
        pass
    assert correlation_of(captured, "y") == kept


CARRIERS: list[Callable[[], Any]] = [dict, list]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_is_injected_is_extracted(captured: Capture, carrier: Callable[[], Any]) -> None:
    message = carrier()
    with sonde.correlation("corr_abc"), sonde.span("sender"):
        sonde.inject(message)
    with sonde.extract(message), sonde.span("receiver"):
        pass
    assert parent_of(captured, "receiver") == "sender"
    assert correlation_of(captured, "receiver") == "corr_abc"
    assert not sonde.current_span().is_recording()


@pytest.mark.parametrize(
    "message",
    [
        {"traceparent": TRACEPARENT, "X-Correlation-ID": "c"},
        {"TraceParent": TRACEPARENT, "x-correlation-id": "c"},
        {b"traceparent": TRACEPARENT.encode(), b"X-Correlation-Id": b"c"},
        [("Traceparent", TRACEPARENT), ("X-Correlation-ID", "c")],
        [(b"traceparent", TRACEPARENT.encode()), (b"x-correlation-id", b"c"), (b"x", None)],
        {"traceparent": [TRACEPARENT], "X-Correlation-ID": ["c"]},
        {"HTTP_TRACEPARENT": TRACEPARENT, "HTTP_X_CORRELATION_ID": "c", "wsgi.input": object()},
        {"TRACEPARENT": TRACEPARENT, "BAGGAGE": "correlation.id=c"},
        {"traceparent": TRACEPARENT, "X-Request-ID": "c"},
        {"traceparent": TRACEPARENT, "X-Request-ID": "r", "X-Correlation-ID": "c"},
        {"traceparent": TRACEPARENT, "X-Correlation-ID": "h", "baggage": "correlation.id=c"},
    ],
)
def test_headers_are_found_in_whatever_form_they_have(captured: Capture, message: Any) -> None:
    with sonde.extract(message), sonde.span("x"):
        pass
    span = captured.span("x")
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == TRACE_ID
    assert correlation_of(captured, "x") == "c"


def test_injecting_leaves_the_form_and_the_rest_of_a_message_as_they_are(captured: Capture) -> None:
    in_bytes: list[tuple[bytes, bytes]] = [(b"content-type", b"text/plain"), (b"traceparent", b"old")]
    keyed: dict[bytes, bytes] = {b"host": b"x"}
    with sonde.span("sender"):
        sonde.inject(in_bytes)
        sonde.inject(keyed)
        sonde.inject(keyed)
    assert [name for name, _ in in_bytes] == [b"content-type", b"traceparent"]
    assert in_bytes[1][1] == keyed[b"traceparent"]


def test_an_extracted_context_can_be_handed_on(captured: Capture) -> None:
    context = sonde.extract({"traceparent": TRACEPARENT})
    assert isinstance(context, Context)
    with sonde.span("x", _parent=context):
        pass
    span = captured.span("x")
    assert span.parent is not None
    assert span.parent.span_id == 0xB7AD6B7169203331


def test_a_message_without_context_leaves_the_current_one(captured: Capture) -> None:
    with sonde.correlation("corr"), sonde.span("outer"), sonde.extract({}), sonde.span("inner"):
        pass
    assert parent_of(captured, "inner") == "outer"
    assert correlation_of(captured, "inner") == "corr"


def test_an_extracted_context_may_be_entered_asynchronously(captured: Capture) -> None:
    async def main() -> None:
        async with sonde.extract({"x-correlation-id": "c"}):
            with sonde.span("x"):
                await asyncio.sleep(0)

    asyncio.run(main())
    assert correlation_of(captured, "x") == "c"


@pytest.mark.parametrize("wrong", [None, 7, "text", [1, 2], [("a",)], object(), {"traceparent": object()}])
def test_what_is_no_message_is_survived(captured: Capture, wrong: Any) -> None:
    with sonde.span("outer"):
        sonde.inject(wrong)
        with sonde.extract(wrong), sonde.span("inner"):
            pass
    assert parent_of(captured, "inner") == "outer"


@pytest.mark.parametrize("header", ["", "   ", "\x00\x01", "\r\n"])
def test_an_unprintable_correlation_header_is_none(captured: Capture, header: str) -> None:
    with sonde.extract({"X-Correlation-ID": header, "X-Request-ID": "r"}), sonde.span("x"):
        pass
    assert correlation_of(captured, "x") == "r"


def test_a_hostile_header_is_cut_and_sent_on_encoded(captured: Capture) -> None:
    headers: dict[str, str] = {}
    with sonde.extract({"X-Correlation-ID": "a\r\nSet-Cookie: b" + "x" * 10_000}), sonde.span("x"):
        sonde.inject(headers)
    kept = correlation_of(captured, "x")
    assert isinstance(kept, str)
    assert kept.startswith("a\r\nSet-Cookie: bxxx")
    assert len(kept) <= 1000
    assert "correlation.id=a%0D%0ASet-Cookie%3A+bxxx" in headers["baggage"]


def test_baggage_of_others_is_carried_on_but_not_put_on_spans(captured: Capture) -> None:
    arriving = {"traceparent": TRACEPARENT, "baggage": "tenant=acme,correlation.id=c,sonde.run.id=run_1"}
    with sonde.extract(arriving), sonde.span("x"):
        assert baggage.get_baggage("tenant") == "acme"
        leaving: dict[str, str] = {}
        sonde.inject(leaving)
    assert attributes_of(captured, "x") == {"correlation.id": "c", "sonde.run.id": "run_1"}
    assert "tenant=acme" in leaving["baggage"]


def test_the_propagator_adopts_what_servers_extract() -> None:
    adopting = propagator()
    environ = {"HTTP_X_CORRELATION_ID": "from wsgi", "HTTP_TRACEPARENT": TRACEPARENT}
    scope = {"headers": [(b"x-request-id", b"from asgi"), (b"traceparent", TRACEPARENT.encode())]}
    from_wsgi = adopting.extract(environ, getter=wsgi_getter)
    from_asgi = adopting.extract(scope, getter=asgi_getter)
    for context, expected in ((from_wsgi, "from wsgi"), (from_asgi, "from asgi")):
        assert inherited_attributes(context)["correlation.id"] == expected
        assert f"{trace.get_current_span(context).get_span_context().trace_id:032x}" == TRACE_ID
        sent: dict[str, str] = {}
        sonde.inject(sent, context)
        assert "correlation.id" in sent["baggage"]


def test_the_propagator_is_wrapped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    adopting = propagator()
    assert adopting.fields == propagate.get_global_textmap().fields
    monkeypatch.setattr(propagate, "get_global_textmap", lambda: adopting)
    assert propagator() is adopting
