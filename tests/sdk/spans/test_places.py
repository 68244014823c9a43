"""Where a span was made."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from opentelemetry import metrics
from opentelemetry._logs import get_logger
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import sonde
from sonde.sdk import code, runtime
from sonde.testing import Capture


def place_of(capture: Capture, name: str) -> tuple[object, object, object]:
    held = capture.span(name).attributes or {}
    return held["code.file.path"], held["code.line.number"], held["code.function.name"]


def line() -> int:
    """The line that asks."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


class Shop:
    def sell(self) -> int:
        with sonde.span("sell"):
            return line() - 1

    @sonde.traced
    def buy(self) -> None:
        """Buys."""


def test_a_span_says_where_its_block_stands(captured: Capture) -> None:
    expected = Shop().sell()
    assert place_of(captured, "sell") == (__file__, expected, f"{__name__}.Shop.sell")


def test_a_traced_function_says_where_it_is_defined(captured: Capture) -> None:
    Shop().buy()
    _, first = inspect.getsourcelines(Shop.buy)
    assert place_of(captured, "Shop.buy") == (__file__, first, f"{__name__}.Shop.buy")


def test_every_place_of_a_function_is_told_apart(captured: Capture) -> None:
    for _ in range(2):
        with sonde.span("a"):
            first = line() - 1
        with sonde.span("b"):
            second = line() - 1
        assert place_of(captured, "a")[1] == first
        assert place_of(captured, "b")[1] == second


def test_the_place_is_the_callers_however_the_block_is_entered(captured: Capture) -> None:
    @contextmanager
    def around() -> Generator[None]:
        with sonde.span("in a context manager"):
            yield

    async def main() -> None:
        async with sonde.span("async"):
            pass

    with ExitStack() as stack:
        stack.enter_context(sonde.span("entered"))
        entered = line() - 1
    asyncio.run(main())
    sonde.end_span(sonde.start_span("begun"))
    begun = line() - 1
    with around():
        pass
    name = f"{__name__}.test_the_place_is_the_callers_however_the_block_is_entered"
    assert place_of(captured, "entered") == (__file__, entered, name)
    assert place_of(captured, "begun") == (__file__, begun, name)
    assert place_of(captured, "async")[2] == f"{name}.<locals>.main"
    assert place_of(captured, "in a context manager")[2] == f"{name}.<locals>.around"


def test_code_made_without_end_does_not_fill_the_memory(captured: Capture) -> None:
    for number in range(9_000):
        exec(compile("place()", f"made {number}", "exec"), {"place": lambda: code.caller(1)})
    assert len(code._places) <= 8_192  # pyright: ignore[reportPrivateUsage] -- nothing else shows its size


def test_what_the_program_says_itself_stands(captured: Capture) -> None:
    with sonde.span("x", {"code.file.path": "mine", "code.line.number": 1, "code.function.name": "own"}):
        pass
    assert place_of(captured, "x")[0] == "mine"


def test_spans_that_are_not_recorded_and_a_runtime_that_wants_none_have_no_place() -> None:
    for provider in (
        TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False),
        TracerProvider(shutdown_on_exit=False),
    ):
        quiet = runtime.Runtime(
            provider.get_tracer("x"),
            get_logger("x"),
            metrics.get_meter("x"),
            announce=lambda _span: None,
            code_places=False,
        )
        before = runtime.override(quiet)
        try:
            with sonde.span("x", a=1) as span:
                assert dict(getattr(span.underlying, "attributes", None) or {"a": 1}) == {"a": 1}
        finally:
            runtime.override(before)
