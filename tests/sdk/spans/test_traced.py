"""`@sonde.traced` on whatever can be called."""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from tests.sdk.spans.lineage import attributes_of, parent_of

import sonde
from sonde.testing import Capture


@sonde.traced
def double(value: int) -> int:
    with sonde.span("within double"):
        return 2 * value


@sonde.traced("sums.add", {"team": "shop"}, kind=SpanKind.SERVER, size=2)
def add(left: int, right: int) -> int:
    return left + right


class Orders:
    @sonde.traced
    def load(self) -> str:
        return "loaded"

    @classmethod
    @sonde.traced
    def first(cls) -> str:
        return cls.__name__

    @sonde.traced
    @classmethod
    def second(cls) -> str:
        return cls.__name__

    @staticmethod
    @sonde.traced
    def third() -> int:
        return 3

    @sonde.traced("orders.fourth")
    @staticmethod
    def fourth() -> int:
        return 4


@sonde.traced
def count(upto: int) -> Generator[int, str, str]:
    """Counts."""
    for number in range(upto):
        with sonde.span(f"step {number}"):
            yield number
    return "done"


@sonde.traced
async def acount(upto: int) -> AsyncGenerator[int, str]:
    for number in range(upto):
        with sonde.span(f"step {number}"):
            yield number
            await asyncio.sleep(0)


def test_a_function_is_a_span_named_after_it(captured: Capture) -> None:
    assert double(2) == 4
    assert captured.names() == ["within double", "double"]
    assert parent_of(captured, "within double") == "double"


def test_name_attributes_and_kind_may_be_given(captured: Capture) -> None:
    assert add(1, right=2) == 3
    assert attributes_of(captured, "sums.add") == {"team": "shop", "size": 2}
    assert captured.span("sums.add").kind is SpanKind.SERVER


def test_methods_of_every_kind_stay_what_they_are(captured: Capture) -> None:
    orders = Orders()
    assert [orders.load(), orders.first(), Orders.second(), orders.third(), Orders.fourth()] == [
        "loaded",
        "Orders",
        "Orders",
        3,
        4,
    ]
    assert captured.names() == [
        "Orders.load",
        "Orders.first",
        "Orders.second",
        "Orders.third",
        "orders.fourth",
    ]


def test_arguments_are_recorded_when_asked_for(captured: Capture) -> None:
    class Shop:
        @sonde.traced("sell", record_arguments=True, team="shop")
        def sell(self, what: str, *more: str, amount: int = 1, **rest: object) -> str:
            return what

    assert Shop().sell("tea", "milk", amount=2, sugar=None) == "tea"
    assert attributes_of(captured, "sell") == {
        "what": "tea",
        "more": ("milk",),
        "amount": 2,
        "rest": '{"sugar":null}',
        "team": "shop",
    }
    wrong: Any = Shop().sell
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        wrong()


def test_a_coroutine_is_a_span_until_it_ends(captured: Capture) -> None:
    @sonde.traced
    async def fetch() -> str:
        await asyncio.sleep(0.01)
        with sonde.span("within"):
            return "fetched"

    async def main() -> tuple[str, str]:
        with sonde.span("main"):
            first, second = await asyncio.gather(fetch(), fetch())
            return first, second

    assert inspect.iscoroutinefunction(fetch)
    assert asyncio.run(main()) == ("fetched", "fetched")
    assert parent_of(captured, "fetch") == "main"
    assert parent_of(captured, "within") == "fetch"
    span = captured.span("fetch")
    assert span.end_time is not None
    assert span.start_time is not None
    assert span.end_time - span.start_time >= 9_000_000


def test_callables_of_other_kinds_are_traced(captured: Capture) -> None:
    class Asynchronous:
        async def __call__(self) -> str:
            with sonde.span("within"):
                return "called"

    assert sonde.traced(functools.partial(double, 3))() == 6
    assert asyncio.run(sonde.traced("object")(Asynchronous())()) == "called"
    assert parent_of(captured, "within") == "object"
    assert sonde.traced(len)([1]) == 1
    assert captured.names() == ["within double", "double", "double", "within", "object", "len"]


def test_exceptions_go_on_and_are_recorded_once(captured: Capture) -> None:
    @sonde.traced
    def inner() -> None:
        raise LookupError("nothing there")

    @sonde.traced
    async def outer() -> None:
        inner()

    with pytest.raises(LookupError):
        asyncio.run(outer())
    for name, events in (("inner", 1), ("outer", 0)):
        span = captured.span(name)
        assert span.status.status_code is StatusCode.ERROR
        assert (span.attributes or {})["error.type"] == "LookupError"
        assert len(span.events) == events


def test_an_open_span_is_written_at_its_start(captured: Capture) -> None:
    @sonde.traced("long", open=True)
    def long() -> list[str]:
        return [span.name for span in captured.announced]

    assert long() == ["long"]


def test_what_cannot_be_traced_is_left_as_it_is_and_said(
    captured: Capture, said: Callable[[], list[str]]
) -> None:
    class Thing:
        pass

    wrong: Any = 7
    assert sonde.traced("x")(Thing) is Thing
    assert sonde.traced(wrong) == 7
    assert len(said()) == 1


def test_functions_stay_what_their_users_look_for() -> None:
    assert inspect.isgeneratorfunction(count)
    assert inspect.isasyncgenfunction(acount)
    assert count.__name__ == "count"
    assert count.__doc__ == "Counts."
    assert list(inspect.signature(add).parameters) == ["left", "right"]


def test_a_generator_is_one_span_current_within_its_steps_alone(captured: Capture) -> None:
    with sonde.span("caller") as caller:
        numbers: list[int] = []
        for number in count(2):
            assert sonde.current_span() == caller
            with sonde.span(f"consumer {number}"):
                numbers.append(number)
    assert numbers == [0, 1]
    assert parent_of(captured, "count") == "caller"
    for number in range(2):
        assert parent_of(captured, f"step {number}") == "count"
        assert parent_of(captured, f"consumer {number}") == "caller"
    assert captured.span("count").status.status_code is StatusCode.UNSET


def test_values_exceptions_and_the_result_pass_through_a_generator(captured: Capture) -> None:
    @sonde.traced
    def echo() -> Generator[object, str, str]:
        received: object = None
        while True:
            try:
                received = yield received
            except LookupError as error:
                received = error
            if received == "end":
                return "result"

    @sonde.traced
    def through() -> Generator[object, str, str]:
        return (yield from echo())

    generator = through()
    assert next(generator) is None
    assert generator.send("a") == "a"
    error = LookupError("thrown")
    assert generator.throw(error) is error
    with pytest.raises(StopIteration) as stopped:
        generator.send("end")
    assert stopped.value.value == "result"
    assert parent_of(captured, "echo") == "through"
    assert captured.span("echo").events == ()


def test_an_exception_leaves_a_generator_and_is_recorded(captured: Capture) -> None:
    @sonde.traced
    def failing() -> Iterator[int]:
        yield 1
        raise OSError("broken")

    generator = failing()
    next(generator)
    with pytest.raises(OSError, match="broken"):
        next(generator)
    assert captured.span("failing").status.status_code is StatusCode.ERROR
    thrown = count(2)
    next(thrown)
    with pytest.raises(ZeroDivisionError):
        thrown.throw(ZeroDivisionError())
    assert captured.span("count").status.status_code is StatusCode.ERROR


def test_a_generator_closed_early_ends_its_span(captured: Capture, said: Callable[[], list[str]]) -> None:
    with sonde.span("caller") as caller:
        generator = count(5)
        next(generator)
        generator.close()
        assert sonde.current_span() == caller
        next(count(5))
    assert captured.names() == ["step 0", "count", "step 0", "count", "caller"]
    assert captured.span("count").status.status_code is StatusCode.UNSET
    assert said() == []


def test_a_generator_may_go_on_in_other_threads(captured: Capture, said: Callable[[], list[str]]) -> None:
    with sonde.span("caller"):
        generator = count(3)
        next(generator)

    def step() -> None:
        with sonde.span("elsewhere") as elsewhere:
            next(generator)
            assert sonde.current_span() == elsewhere

    for action in (step, step, generator.close):
        thread = threading.Thread(target=action)
        thread.start()
        thread.join()
    assert [parent_of(captured, f"step {number}") for number in range(3)] == ["count"] * 3
    assert parent_of(captured, "count") == "caller"
    assert said() == []


def test_a_generator_can_be_a_fixture_or_a_context_manager(captured: Capture) -> None:
    @contextmanager
    @sonde.traced
    def lent() -> Generator[str]:
        yield "lent"

    @asynccontextmanager
    @sonde.traced
    async def alent() -> AsyncGenerator[str]:
        yield "alent"

    async def main() -> None:
        async with alent() as thing:
            assert thing == "alent"

    with lent() as thing:
        assert thing == "lent"
    asyncio.run(main())
    with pytest.raises(ValueError, match="within"), lent():
        raise ValueError("within")
    assert captured.names() == ["lent", "alent", "lent"]
    assert captured.span("lent").status.status_code is StatusCode.ERROR


def test_other_context_variables_are_those_of_the_caller(captured: Capture) -> None:
    variable = ContextVar("variable", default=0)

    @sonde.traced
    def reader() -> Generator[int]:
        while True:
            yield variable.get()

    generator = reader()
    assert next(generator) == 0
    variable.set(1)
    assert next(generator) == 1
    generator.close()


def test_an_async_generator_is_one_span_current_within_its_steps_alone(captured: Capture) -> None:
    async def main() -> None:
        with sonde.span("caller") as caller:
            async for number in acount(2):
                assert sonde.current_span() == caller
                with sonde.span(f"consumer {number}"):
                    await asyncio.sleep(0)

    asyncio.run(main())
    assert parent_of(captured, "acount") == "caller"
    for number in range(2):
        assert parent_of(captured, f"step {number}") == "acount"
        assert parent_of(captured, f"consumer {number}") == "caller"


def test_values_and_exceptions_pass_through_an_async_generator(captured: Capture) -> None:
    @sonde.traced
    async def echo() -> AsyncGenerator[object, str]:
        received: object = None
        while received != "end":
            try:
                received = yield received
            except LookupError as error:
                received = error

    async def main() -> None:
        generator = echo()
        assert await generator.asend(None) is None  # pyright: ignore[reportArgumentType] -- how it begins
        assert await generator.asend("a") == "a"
        error = LookupError("thrown")
        assert await generator.athrow(error) is error
        with pytest.raises(StopAsyncIteration):
            await generator.asend("end")
        failing = acount(1)
        await failing.__anext__()
        with pytest.raises(ZeroDivisionError):
            await failing.athrow(ZeroDivisionError())

    asyncio.run(main())
    assert captured.span("echo").status.status_code is StatusCode.UNSET
    assert captured.span("acount").status.status_code is StatusCode.ERROR


def test_an_async_generator_may_go_on_and_be_closed_in_other_tasks(
    captured: Capture, said: Callable[[], list[str]]
) -> None:
    async def main() -> None:
        with sonde.span("caller"):
            generator = acount(5)
            await generator.__anext__()

        async def step() -> None:
            with sonde.span("elsewhere") as elsewhere:
                await generator.__anext__()
                assert sonde.current_span() == elsewhere

        for _ in range(2):
            await asyncio.create_task(step())
        await asyncio.create_task(generator.aclose())

    asyncio.run(main())
    assert [parent_of(captured, f"step {number}") for number in range(3)] == ["acount"] * 3
    assert parent_of(captured, "acount") == "caller"
    assert parent_of(captured, "elsewhere") is None
    assert said() == []


def test_an_async_generator_left_early_ends_when_it_is_closed(
    captured: Capture, said: Callable[[], list[str]]
) -> None:
    async def main() -> None:
        with sonde.span("caller"):
            async with aclosing(acount(5)) as generator:
                async for _ in generator:
                    break
            async for _ in acount(5):
                break
            await asyncio.sleep(0.01)

    asyncio.run(main())
    assert captured.names().count("acount") == 2
    assert said() == []


def test_async_generators_open_at_the_end_of_the_loop_are_closed_without_a_sound(
    captured: Capture, said: Callable[[], list[str]]
) -> None:
    tidied: list[str] = []

    @sonde.traced
    async def careful() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            await asyncio.sleep(0.01)
            tidied.append("tidied")

    held: list[AsyncIterator[int]] = []

    async def main() -> None:
        for _ in range(3):
            held.append(careful())
            await anext(held[-1])

    asyncio.run(main())
    assert tidied == ["tidied"] * 3
    assert captured.names() == ["careful"] * 3
    assert said() == []


def test_a_cancelled_step_ends_the_span_without_an_error(captured: Capture) -> None:
    @sonde.traced
    async def slow() -> AsyncIterator[int]:
        await asyncio.sleep(30)
        yield 1

    async def main() -> None:
        task = asyncio.ensure_future(anext(slow()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert captured.span("slow").status.status_code is StatusCode.UNSET


def test_blocks_of_opentelemetry_within_a_generator_keep_their_place(
    captured: Capture, said: Callable[[], list[str]]
) -> None:
    tracer = trace.get_tracer("theirs")

    @sonde.traced
    def outer() -> Iterator[int]:
        with tracer.start_as_current_span("theirs"):
            yield 1
            with sonde.span("within theirs"):
                yield 2

    with sonde.span("caller"):
        for number in outer():
            with sonde.span(f"consumer {number}"):
                pass
    assert parent_of(captured, "theirs") == "outer"
    assert parent_of(captured, "within theirs") == "theirs"
    assert parent_of(captured, "consumer 2") == "caller"
    assert said() == []
