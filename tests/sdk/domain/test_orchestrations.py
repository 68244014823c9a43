"""Orchestrations: phases, transitions, skips with reasons, and violations of consistency."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from opentelemetry import context as context_api
from opentelemetry._logs import SeverityNumber

import sonde
from sonde.sdk.complaints import forget
from sonde.testing import Capture, capture


@pytest.fixture
def captured() -> Iterator[Capture]:
    forget()
    with capture() as found:
        yield found


def attributes(captured: Capture, span: str) -> dict[str, object]:
    return dict(captured.span(span).attributes or {})


def of_event(captured: Capture, name: str) -> dict[str, object]:
    return dict(captured.event(name).attributes or {})


def test_everything_below_an_orchestration_bears_its_id_phase_and_source(captured: Capture) -> None:
    with sonde.orchestration("orc_1", source="daemon", phase="build"), sonde.span("sync_all"):
        sonde.event("noted")

    expected = {"sonde.orchestration.id": "orc_1", "sonde.component": "daemon", "sonde.phase": "build"}
    for found in (
        attributes(captured, "orchestration"),
        attributes(captured, "sync_all"),
        of_event(captured, "noted"),
    ):
        assert found.items() >= expected.items()


def test_a_phase_change_is_an_event_and_holds_for_everything_after_it(captured: Capture) -> None:
    with sonde.orchestration("orc_1", phase="build") as orchestration:
        with sonde.span("nested"):
            orchestration.phase("test")
        with sonde.span("after"):
            pass
        orchestration.phase("test")

    transitions = [event for event in captured.events if event.event_name == "state.transition"]
    assert len(transitions) == 1
    assert (
        of_event(captured, "state.transition").items() >= {"sonde.from": "build", "sonde.to": "test"}.items()
    )
    assert attributes(captured, "nested")["sonde.phase"] == "build"
    assert attributes(captured, "after")["sonde.phase"] == "test"
    assert attributes(captured, "orchestration")["sonde.phase"] == "build"


def test_a_phase_change_reaches_threads_and_calls_that_began_before_it(captured: Capture) -> None:
    changed = threading.Event()
    headers: dict[str, str] = {}

    def work(context: context_api.Context) -> None:
        token = context_api.attach(context)
        assert changed.wait(5)
        with sonde.run("run_1"), sonde.span("in a thread"):
            sonde.inject(headers)
        context_api.detach(token)

    with sonde.orchestration("orc_1", phase="build") as orchestration:
        thread = threading.Thread(target=work, args=(context_api.get_current(),))
        thread.start()
        orchestration.phase("test")
        changed.set()
        thread.join()
    with sonde.span("elsewhere", _parent=sonde.extract(headers)):
        pass

    assert attributes(captured, "in a thread")["sonde.phase"] == "test"
    assert attributes(captured, "elsewhere")["sonde.phase"] == "test"


def test_another_process_joins_by_the_same_id_and_is_in_the_same_phase(captured: Capture) -> None:
    headers: dict[str, str] = {}
    with sonde.orchestration("orc_1", source="orchestrator", phase="build"):
        sonde.inject(headers)

    token = context_api.attach(sonde.extract(headers))
    with sonde.orchestration("orc_1", source="daemon", name="sync"), sonde.span("sync_all"):
        pass
    with sonde.orchestration("orc_2", name="other"):
        pass
    context_api.detach(token)

    found = attributes(captured, "sync_all")
    assert (found["sonde.orchestration.id"], found["sonde.phase"]) == ("orc_1", "build")
    assert found["sonde.component"] == "daemon"
    assert "sonde.phase" not in attributes(captured, "other")


def test_a_skip_says_why(captured: Capture) -> None:
    with sonde.orchestration("orc_1") as orchestration:
        orchestration.write("task_1", fields=3)
        orchestration.skip("task_2", "unchanged", revision=7)
        orchestration.skip("mail", "unsubscribed", kind="notification")

    written, skipped = of_event(captured, "projection.write"), of_event(captured, "projection.skip")
    assert written.items() >= {"sonde.subject": "task_1", "sonde.status": "success", "fields": 3}.items()
    assert skipped.items() >= {"sonde.reason": "unchanged", "sonde.status": "skipped", "revision": 7}.items()
    assert captured.event("projection.skip").body == "task_2: unchanged"
    assert of_event(captured, "notification.skip")["sonde.reason"] == "unsubscribed"


def test_a_transition_of_something_else_names_it(captured: Capture) -> None:
    with sonde.orchestration("orc_1") as orchestration:
        orchestration.transition("todo", "doing", subject="task_1")

    found = of_event(captured, "state.transition")
    assert (found["sonde.from"], found["sonde.to"], found["sonde.subject"]) == ("todo", "doing", "task_1")
    assert captured.event("state.transition").body == "task_1: todo → doing"


def test_an_error_path_is_an_event_as_well(captured: Capture) -> None:
    with pytest.raises(KeyError), sonde.orchestration("orc_1", phase="build"):
        raise KeyError("task_9")

    event = captured.event("orchestration.error")
    assert event.severity_number is SeverityNumber.ERROR
    assert (
        of_event(captured, "orchestration.error").items()
        >= {
            "error.type": "KeyError",
            "sonde.error.detail": "'task_9'",
            "sonde.phase": "build",
        }.items()
    )


def test_an_orchestration_is_seen_before_it_ends(captured: Capture) -> None:
    with sonde.orchestration("orc_1"):
        assert [span.name for span in captured.announced] == ["orchestration"]


def test_it_works_with_async_with_and_as_a_decorator(captured: Capture) -> None:
    @sonde.orchestration("orc_2", phase="build")
    async def step() -> None:
        with sonde.span("step"):
            await asyncio.sleep(0)

    async def work() -> None:
        async with sonde.orchestration("orc_1", phase="build") as orchestration:
            task = asyncio.create_task(late())
            await asyncio.sleep(0)
            orchestration.phase("test")
            await task
        await asyncio.gather(step(), step())

    async def late() -> None:
        await asyncio.sleep(0.01)
        with sonde.span("late"):
            pass

    asyncio.run(work())

    assert attributes(captured, "late")["sonde.phase"] == "test"
    assert attributes(captured, "step")["sonde.orchestration.id"] == "orc_2"


def test_a_violation_carries_the_traces_that_show_it(captured: Capture) -> None:
    with sonde.span("left") as span:
        sonde.violation(
            "no_orphan", ["AB" * 16, 255, span.get_span_context()], "two sides differ", side="tasks"
        )

    event = captured.event("consistency.violation")
    assert event.severity_number is SeverityNumber.ERROR
    assert event.body == "two sides differ"
    found = of_event(captured, "consistency.violation")
    assert found["sonde.violation.rule"] == "no_orphan"
    assert found["side"] == "tasks"
    ids = ("ab" * 16, f"{255:032x}", format(span.get_span_context().trace_id, "032x"))
    assert found["sonde.violation.trace_ids"] == ids
