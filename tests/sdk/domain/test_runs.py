"""Runs and the entities they touch, as they arrive."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import cast

import pytest
from opentelemetry import baggage, trace
from opentelemetry import context as context_api
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sonde
from sonde import semconv
from sonde.sdk import runtime
from sonde.sdk.complaints import forget
from sonde.sdk.runs import MAX_IDS
from sonde.sdk.sampling import SamplingOptions, make_sampler
from sonde.testing import Capture, capture


@pytest.fixture
def captured() -> Iterator[Capture]:
    forget()
    with capture() as found:
        yield found


def attributes(captured: Capture, name: str) -> dict[str, object]:
    return dict(captured.span(name).attributes or {})


def test_everything_below_a_run_bears_its_id_and_page(captured: Capture) -> None:
    run = sonde.run("run_1", url="https://jobs.example.com/{run_id}", job="nightly", attempt=2)
    with run, sonde.span("work"):
        sonde.event("done")

    expected = {
        "sonde.run.id": "run_1",
        "sonde.run.url": "https://jobs.example.com/run_1",
        "sonde.run.job": "nightly",
        "sonde.run.attempt": 2,
    }
    assert attributes(captured, "run.nightly").items() >= expected.items()
    assert attributes(captured, "work").items() >= expected.items()
    assert dict(captured.event("done").attributes or {}).items() >= expected.items()


def test_a_run_is_carried_to_other_processes_and_taken_up_there(captured: Capture) -> None:
    headers: dict[str, str] = {}
    with sonde.run("run_1", job="nightly"):
        sonde.inject(headers)
        assert baggage.get_baggage(semconv.RUN_ID) == "run_1"

    with sonde.span("elsewhere", _parent=sonde.extract(headers)):
        sonde.entity("payment", "pym_1")

    assert attributes(captured, "elsewhere")["sonde.run.id"] == "run_1"
    assert attributes(captured, "elsewhere")["sonde.entity.payment"] == "pym_1"


def test_a_run_works_with_async_with(captured: Capture) -> None:
    async def work() -> None:
        async with sonde.run("run_1"):
            await asyncio.gather(*(touch(number) for number in range(3)))

    async def touch(number: int) -> None:
        with sonde.span("step"):
            await asyncio.sleep(0)
            sonde.entity("payment", f"pym_{number}")

    asyncio.run(work())

    assert attributes(captured, "run")["sonde.entity.payment"] == ("pym_0", "pym_1", "pym_2")


def test_each_call_of_a_decorated_function_is_a_run_of_its_own(captured: Capture) -> None:
    @sonde.run(job="plain")
    def plain(depth: int) -> int:
        return plain(depth - 1) + 1 if depth else 0

    @sonde.run(job="coroutine")
    async def coroutine() -> str:
        await asyncio.sleep(0)
        return "awaited"

    @sonde.run("run_g", job="generator")
    def generator() -> Iterator[int]:
        sonde.entity("item", "one")
        yield 1
        sonde.entity("item", "two")

    @sonde.run(job="stream")
    async def stream() -> AsyncIterator[int]:
        yield 1

    async def consume() -> list[int]:
        return [each async for each in stream()]

    assert plain(1) == 1
    assert asyncio.run(coroutine()) == "awaited"
    assert list(generator()) == [1]
    assert asyncio.run(consume()) == [1]

    ids = [(span.attributes or {})["sonde.run.id"] for span in captured.spans if span.name == "run.plain"]
    assert len(set(ids)) == 2
    assert attributes(captured, "run.generator")["sonde.entity.item"] == ("one", "two")
    assert {"run.coroutine", "run.stream"} <= set(captured.names())


def test_a_run_that_many_threads_enter_is_one_while_any_is_in_it_and_stays_in_none(captured: Capture) -> None:
    shared, begin = sonde.run("run_1"), threading.Barrier(4)
    left: list[bool] = []

    def work(number: int) -> None:
        begin.wait()
        for _ in range(3):
            with shared:
                time.sleep(0.001 * (number % 3))
                with sonde.span("inside"):
                    pass
            with sonde.span("outside"):
                pass
        left.append(not context_api.get_current())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert left == [True] * 4
    found = {(span.name, (span.attributes or {}).get("sonde.run.id")) for span in captured.spans}
    assert found == {("run", "run_1"), ("inside", "run_1"), ("outside", None)}


def test_a_bare_decorator_makes_runs_too(captured: Capture) -> None:
    @sonde.run
    def work(number: int) -> int:
        return number + 1

    assert [work(1), work(2)] == [2, 3]
    ids = {str((span.attributes or {})["sonde.run.id"]) for span in captured.spans}
    assert len(ids) == 2
    assert all(each.startswith("run_") for each in ids)


def test_an_exception_in_a_run_is_the_callers_and_shown(captured: Capture) -> None:
    raised = ValueError("no")
    with pytest.raises(ValueError) as caught, sonde.run("run_1"):
        raise raised

    assert caught.value is raised
    assert captured.span("run").status.status_code is trace.StatusCode.ERROR


def test_a_run_within_a_run_has_not_the_outer_ones_page(captured: Capture) -> None:
    outer = sonde.run("outer", url="https://jobs.example.com/outer", attempt=3)
    with outer, sonde.run("inner"), sonde.span("work"):
        pass

    found = attributes(captured, "work")
    assert found["sonde.run.id"] == "inner"
    assert not {"sonde.run.url", "sonde.run.attempt"} & found.keys()


def test_an_entity_is_on_the_current_span_and_on_the_runs(captured: Capture) -> None:
    with sonde.run("run_1"):
        with sonde.span("charge"):
            sonde.entity("payment", "pym_1")
            sonde.entity("payment", ["pym_2", "pym_1"])
        with sonde.span("bill"):
            sonde.entities({"invoice": "inv_1", "payment": ["pym_3"]})

    assert attributes(captured, "charge")["sonde.entity.payment"] == ("pym_1", "pym_2")
    assert attributes(captured, "bill")["sonde.entity.payment"] == "pym_3"
    assert attributes(captured, "run")["sonde.entity.payment"] == ("pym_1", "pym_2", "pym_3")
    assert attributes(captured, "run")["sonde.entity.invoice"] == "inv_1"


def test_entities_come_from_many_threads_at_once(captured: Capture) -> None:
    def touch(run: object, first: int) -> None:
        token = context_api.attach(context)
        try:
            for number in range(first, first + 50):
                sonde.entity("payment", f"pym_{number}")
        finally:
            context_api.detach(token)

    with sonde.run("run_1") as run:
        context = context_api.get_current()
        threads = [threading.Thread(target=touch, args=(run, first)) for first in range(0, 400, 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    found = attributes(captured, "run")["sonde.entity.payment"]
    assert isinstance(found, tuple)
    assert set(found) == {f"pym_{number}" for number in range(400)}


def test_ids_of_any_kind_become_text(captured: Capture) -> None:
    identity = uuid.UUID(int=7)
    with sonde.span("work"):
        sonde.entity("number", 42)
        sonde.entity("uuid", identity)
        sonde.entity("several", (str(each) for each in range(2)))

    found = attributes(captured, "work")
    assert found["sonde.entity.number"] == "42"
    assert found["sonde.entity.uuid"] == str(identity)
    assert found["sonde.entity.several"] == ("0", "1")


def test_no_id_is_lost_when_a_span_has_no_more_room(captured: Capture) -> None:
    everything = [f"pym_{number}" for number in range(2 * MAX_IDS + 5)]
    with sonde.run("run_1"):
        sonde.entity("payment", everything)

    on_span = attributes(captured, "run")["sonde.entity.payment"]
    found = [*cast(Sequence[str], on_span)]
    for event in captured.events:
        assert (event.attributes or {})["sonde.run.id"] == "run_1"
        found += cast(Sequence[str], (event.attributes or {})["sonde.entity.payment"])
    assert sorted(found) == sorted(everything)


def test_an_entity_outside_of_any_span_is_an_event(captured: Capture) -> None:
    sonde.entity("payment", "pym_1")

    assert dict(captured.event("entity.touched").attributes or {}) == {"sonde.entity.payment": "pym_1"}


def test_an_entity_after_its_span_has_ended_is_an_event(captured: Capture) -> None:
    with sonde.run("run_1"):
        late = context_api.get_current()
    token = context_api.attach(late)
    sonde.entity("payment", "pym_1")
    context_api.detach(token)

    found = dict(captured.event("entity.touched").attributes or {})
    assert found == {"sonde.entity.payment": "pym_1", "sonde.run.id": "run_1"}


@pytest.mark.parametrize(
    ("kind", "ids"), [("", "x"), (None, "x"), (7, "x"), ("payment", None), ("payment", [])]
)
def test_wrong_use_is_said_once_and_survived(
    captured: Capture, caplog: pytest.LogCaptureFixture, kind: str, ids: object
) -> None:
    with caplog.at_level(logging.WARNING, "sonde"), sonde.span("work"):
        sonde.entity(kind, ids)
        sonde.entity(kind, ids)

    assert not [name for name in attributes(captured, "work") if name.startswith("sonde.entity")]
    assert len(caplog.records) == 1


def test_an_object_that_cannot_be_shown_does_not_disturb_the_program(captured: Capture) -> None:
    class Unspeakable:
        def __str__(self) -> str:
            raise RuntimeError("never")

    with sonde.run("run_1", url=Unspeakable()) as run:  # pyright: ignore[reportArgumentType] -- wrong on purpose
        sonde.entity("payment", Unspeakable())
    assert run.id == "run_1"


def test_a_run_is_kept_where_the_ratio_keeps_nothing() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler=make_sampler(SamplingOptions(ratio=0.0)))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    with capture():
        taken = runtime.in_use()
        assert taken is not None
        before = runtime.override(replace(taken, tracer=tracer))
        with sonde.span("unimportant"), sonde.run("run_1"), sonde.span("work"):
            pass
        runtime.override(before)

    assert {span.name for span in exporter.get_finished_spans()} == {"run", "work"}


def test_a_long_run_is_seen_before_it_ends(captured: Capture) -> None:
    with sonde.run("run_1", open=True):
        assert [span.name for span in captured.announced] == ["run"]


def test_a_span_of_a_run_says_where_in_the_program_it_was_made(captured: Capture) -> None:
    with sonde.run("run_1"):
        pass

    assert str(attributes(captured, "run")["code.file.path"]).endswith("test_runs.py")
