"""Context in asyncio's tasks, in threads and in pools."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from tests.sdk.spans.lineage import attributes_of, parent_of

import sonde
from sonde.sdk import current
from sonde.sdk.concurrency import carry_context
from sonde.testing import Capture


@pytest.fixture
def carried(captured: Capture) -> Generator[Capture]:
    """Context is carried until the test ends."""
    stop = carry_context()
    yield captured
    stop()


def record(name: str) -> str:
    with sonde.span(name):
        return name


def test_tasks_have_the_context_of_who_made_them(captured: Capture) -> None:
    async def child(name: str) -> None:
        with sonde.span(name):
            await asyncio.sleep(0.001)
            record(f"in {name}")

    async def main() -> None:
        with sonde.span("main"):
            task = asyncio.create_task(child("task"))
            await asyncio.gather(child("first"), child("second"))
            async with asyncio.TaskGroup() as group:
                group.create_task(child("grouped"))
        await task

    asyncio.run(main())
    for name in ("task", "first", "second", "grouped"):
        assert parent_of(captured, name) == "main"
        assert parent_of(captured, f"in {name}") == name


def test_a_thread_has_the_context_of_who_started_it(carried: Capture) -> None:
    class Worker(threading.Thread):
        def run(self) -> None:
            record("subclass")

    with sonde.correlation("corr"), sonde.span("starter"):
        threads = [
            threading.Thread(target=record, args=("target",)),
            Worker(),
            threading.Timer(0.001, record, ("timer",)),
        ]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    for name in ("target", "subclass", "timer"):
        assert parent_of(carried, name) == "starter"
        assert attributes_of(carried, name)["correlation.id"] == "corr"
        assert "run" not in vars(threads[0])


def test_a_thread_that_outlives_its_starter_goes_on_in_the_same_trace(carried: Capture) -> None:
    go = threading.Event()

    def wait() -> None:
        go.wait(5)
        record("late")

    with sonde.span("starter"):
        thread = threading.Thread(target=wait)
        thread.start()
    go.set()
    thread.join()
    assert parent_of(carried, "late") == "starter"


def test_starting_a_thread_twice_is_the_programs_own_error(carried: Capture) -> None:
    with sonde.span("starter"):
        thread = threading.Thread(target=record, args=("once",))
        thread.start()
        thread.join()
        with pytest.raises(RuntimeError, match="threads can only be started once"):
            thread.start()
    assert carried.names().count("once") == 1


def test_a_pools_work_has_the_context_of_who_submitted_it_and_its_workers_none(carried: Capture) -> None:
    def context() -> Context:
        return current.read()

    with ThreadPoolExecutor(1) as pool:
        futures: list[Future[str]] = []
        for name in ("first", "second"):
            with sonde.span(f"submits {name}"):
                futures.append(pool.submit(record, name))
                assert list(pool.map(record, [f"mapped {name}"])) == [f"mapped {name}"]
        assert [future.result() for future in futures] == ["first", "second"]
        # A key of a block that was left may be there still, without a value.
        assert not any(pool.submit(context).result().values())
    for name in ("first", "second"):
        assert parent_of(carried, name) == f"submits {name}"
        assert parent_of(carried, f"mapped {name}") == f"submits {name}"


def test_an_exception_in_a_pool_comes_back_unchanged(carried: Capture) -> None:
    error = ValueError("theirs")

    def fail() -> None:
        raise error

    with ThreadPoolExecutor(1) as pool, sonde.span("submits"):
        assert pool.submit(fail).exception() is error


def test_executors_of_asyncio_are_pools_as_well(carried: Capture) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with sonde.span("main"):
            await loop.run_in_executor(None, record, "default executor")
            with ThreadPoolExecutor(1) as pool:
                await loop.run_in_executor(pool, record, "own executor")
            await asyncio.to_thread(record, "to_thread")

    asyncio.run(main())
    for name in ("default executor", "own executor", "to_thread"):
        assert parent_of(carried, name) == "main"


def test_a_thread_pool_of_multiprocessing_carries_context(carried: Capture) -> None:
    calls: dict[str, Callable[[ThreadPool, str], Any]] = {
        "apply": lambda pool, name: pool.apply(record, (name,)),
        "apply_async": lambda pool, name: pool.apply_async(func=record, args=(name,)).get(),
        "map": lambda pool, name: pool.map(record, [name]),
        "starmap": lambda pool, name: pool.starmap(record, [(name,)]),
        "imap": lambda pool, name: list(pool.imap(record, [name])),
        "imap_unordered": lambda pool, name: list(pool.imap_unordered(record, [name], chunksize=2)),
    }
    with ThreadPool(1) as pool:
        for name, call in calls.items():
            with sonde.span(f"calls {name}"):
                call(pool, name)
    for name in calls:
        assert parent_of(carried, name) == f"calls {name}"


def test_nothing_is_wrapped_before_and_after(captured: Capture) -> None:
    before = threading.Thread.start, ThreadPoolExecutor.submit
    stop = carry_context()
    assert carry_context() is stop
    assert (threading.Thread.start, ThreadPoolExecutor.submit) != before
    stop()
    assert (threading.Thread.start, ThreadPoolExecutor.submit) == before
    with sonde.span("starter"), ThreadPoolExecutor(1) as pool:
        pool.submit(record, "alone").result()
    assert parent_of(captured, "alone") is None


def test_what_another_library_wrapped_meanwhile_goes_on(
    captured: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = carry_context()
    ours = threading.Thread.start
    seen: list[str] = []

    def theirs(self: threading.Thread) -> None:
        seen.append(self.name)
        ours(self)

    monkeypatch.setattr(threading.Thread, "start", theirs)
    stop()
    with sonde.span("starter"):
        thread = threading.Thread(target=record, args=("alone",), name="theirs")
        thread.start()
        thread.join()
    assert seen == ["theirs"]
    assert parent_of(captured, "alone") is None
    monkeypatch.undo()
    carry_context()()
    assert threading.Thread.start.__module__ == "threading"
    assert threading.Thread.start is not ours


def test_other_threads_are_left_alone_when_nothing_is_current(carried: Capture) -> None:
    thread = threading.Thread(target=record, args=("root",))
    thread.start()
    thread.join()
    assert parent_of(carried, "root") is None
    assert trace.get_current_span() is trace.INVALID_SPAN
