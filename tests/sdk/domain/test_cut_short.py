"""Runs and orchestrations that do not reach their end are no successes, whatever it was that ended them."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

import sonde
from sonde.sdk.executions import Repeatable
from sonde.testing import Capture, capture

JOBS: list[Callable[[], Repeatable]] = [
    lambda: sonde.run(name="job"),
    lambda: sonde.orchestration("orc_1", name="job", open=False),
]

job = pytest.mark.parametrize("job", JOBS, ids=["run", "orchestration"])

CANCELLED = ("asyncio.exceptions.CancelledError", "CancelledError: cancelled before the end")
INTERRUPTED = ("KeyboardInterrupt", "KeyboardInterrupt: interrupted before the end")


@pytest.fixture
def captured() -> Iterator[Capture]:
    with capture() as found:
        yield found


def told(span: ReadableSpan) -> tuple[object, str | None]:
    assert span.status.status_code is StatusCode.ERROR
    return (span.attributes or {})["error.type"], span.status.description


@job
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1, "exit code 1"),
        (256, "exit code 256"),
        (True, "exit code 1"),
        ("config missing", "config missing"),
        ("", ""),
    ],
)
def test_an_exit_with_a_code_is_an_error(
    captured: Capture, job: Callable[[], Repeatable], code: object, said: str
) -> None:
    with pytest.raises(SystemExit), job(), sonde.span("step"):
        sys.exit(code)  # pyright: ignore[reportArgumentType] -- what programs do
    for name in ("job", "step"):
        assert told(captured.span(name)) == ("SystemExit", f"SystemExit: {said}")
    assert [len(captured.span(name).events) for name in ("step", "job")] == [1, 0]


@job
@pytest.mark.parametrize("code", [None, 0, False])
def test_an_exit_without_a_code_is_none(
    captured: Capture, job: Callable[[], Repeatable], code: int | None
) -> None:
    with pytest.raises(SystemExit), job(), sonde.span("step"):
        sys.exit(code)
    for span in captured.spans:
        assert (span.status.status_code, span.events) == (StatusCode.UNSET, ())


@job
def test_ctrl_c_is_an_error_of_the_job_alone(captured: Capture, job: Callable[[], Repeatable]) -> None:
    with pytest.raises(KeyboardInterrupt), job(), sonde.span("step"):
        signal.raise_signal(signal.SIGINT)
    assert told(captured.span("job")) == (
        "KeyboardInterrupt",
        "KeyboardInterrupt: interrupted before the end",
    )
    assert captured.span("step").status.status_code is StatusCode.UNSET


async def cancelled(work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def waited_for(work: Awaitable[None]) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(work, 0.01)


async def timed_out(work: Awaitable[None]) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await work


@job
@pytest.mark.parametrize("ending", [cancelled, waited_for, timed_out])
@pytest.mark.parametrize("form", ["with", "async with", "decorator", "async generator"])
def test_a_cancelled_job_is_an_error_and_its_steps_are_not(
    captured: Capture,
    job: Callable[[], Repeatable],
    ending: Callable[[Awaitable[None]], Awaitable[None]],
    form: str,
) -> None:
    async def step() -> None:
        with sonde.span("step"):
            await asyncio.Event().wait()

    async def block() -> None:
        with job():
            await step()

    async def asynchronous_block() -> None:
        async with job():
            await step()

    async def generator() -> AsyncIterator[int]:
        await step()
        yield 1

    async def exhausted() -> None:
        async for _ in job()(generator)():
            pass

    forms: dict[str, Callable[[], Awaitable[None]]] = {
        "with": block,
        "async with": asynchronous_block,
        "decorator": job()(step),
        "async generator": exhausted,
    }

    async def main() -> None:
        await ending(forms[form]())

    asyncio.run(main())
    assert told(captured.span("job")) == CANCELLED
    assert [event.name for event in captured.span("job").events] == ["exception"]
    assert captured.span("step").status.status_code is StatusCode.UNSET


@job
def test_a_generator_that_nobody_asks_for_more_is_a_success(
    captured: Capture, job: Callable[[], Repeatable]
) -> None:
    @job()
    def numbers() -> Iterator[int]:
        yield 1
        yield 2

    for _ in numbers():
        break
    assert captured.span("job").status.status_code is StatusCode.UNSET


def test_a_job_that_goes_on_after_a_cancelled_part_is_a_success(captured: Capture) -> None:
    async def part() -> None:
        with sonde.run(name="part"):
            await asyncio.Event().wait()

    async def main() -> None:
        with sonde.run(name="whole"):
            await cancelled(part())

    asyncio.run(main())
    assert told(captured.span("part")) == CANCELLED
    assert captured.span("whole").status.status_code is StatusCode.UNSET


def test_an_orchestration_that_is_cut_short_says_so_in_its_event(captured: Capture) -> None:
    with pytest.raises(KeyboardInterrupt), sonde.orchestration("orc_1"):
        raise KeyboardInterrupt
    event = captured.event("orchestration.error")
    assert (event.attributes or {})["sonde.error.detail"] == INTERRUPTED[1]


@pytest.mark.parametrize("leaving", [SystemExit(0), GeneratorExit()])
def test_a_pipeline_that_is_left_without_an_error_is_a_success(
    captured: Capture, leaving: BaseException
) -> None:
    with pytest.raises(type(leaving)), sonde.pipeline("before_signin"):
        raise leaving
    assert (captured.span("pipeline.before_signin").attributes or {})["sonde.status"] == "success"


def test_a_cancelled_pipeline_has_the_type_of_what_ended_it(captured: Capture) -> None:
    pipeline = sonde.pipeline("before_signin")
    with pytest.raises(asyncio.CancelledError), pipeline, pipeline.script("Guard"):
        raise asyncio.CancelledError
    assert told(captured.span("pipeline.before_signin"))[0] == CANCELLED[0]
    assert (captured.span("Guard").attributes or {})["sonde.status"] == "skipped"
