"""TraceContext around engines that know nothing of it: nothing changes for them."""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import sonde
from sonde.sdk.complaints import forget
from sonde.sdk.outcomes import Outcome
from sonde.sdk.pipelines import ScriptPlace
from sonde.sdk.trace_context import ScriptCall, Trigger
from sonde.testing import Capture, assert_trace, capture


@pytest.fixture
def captured() -> Iterator[Capture]:
    forget()
    with capture() as found:
        yield found


def attributes(captured: Capture, span: str) -> dict[str, Any]:
    return dict(captured.span(span).attributes or {})


class Denied(Exception):
    """A script says no."""


class Engine:
    """Runs the layers of a pipeline; the scripts are functions of the context."""

    def __init__(self, layers: list[list[Any]]) -> None:
        self.layers = layers

    def execute(self, trigger_event: str, context: dict[str, Any], *, user_id: str = "") -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for layer_index, layer in enumerate(self.layers):
            with ThreadPoolExecutor(4) as pool:
                running = [
                    pool.submit(contextvars.copy_context().run, self.run, script, layer_index, index, context)
                    for index, script in enumerate(layer)
                ]
                for each in running:
                    answer = each.result()
                    answers |= answer
                    if answer.get("blocked"):
                        return {"status": "blocked", "message": answer["reason"], **answers}
        return answers

    def run(
        self, script: Any, layer_index: int, parallel_index: int, context: dict[str, Any]
    ) -> dict[str, Any]:
        return script(context)


class Named:
    """A script as engines have them: with a name and an id."""

    def __init__(self, name: str, id: str, answer: dict[str, Any] | BaseException) -> None:
        self.name = name
        self.id = id
        self.answer = answer

    def __call__(self, context: dict[str, Any]) -> dict[str, Any]:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def test_an_engine_is_traced_by_the_usual_names_of_its_parameters(captured: Capture) -> None:
    engine = Engine([[Named("Geo", "s1", {"country": "CH"}), Named("Device", "s2", {"known": True})]])
    sonde.TraceContext().install(engine, trigger="execute", script="run")

    answer = engine.execute("before_signin", {"email": "a"}, user_id="usr_1")

    assert answer == {"country": "CH", "known": True}
    root = attributes(captured, "pipeline.before_signin")
    assert root["user.id"] == "usr_1"
    assert json.loads(root["sonde.pipeline.context"]) == {"email": "a"}
    assert json.loads(root["sonde.pipeline.result"]) == answer
    device = attributes(captured, "Device")
    assert (device["sonde.pipeline.script_id"], device["sonde.pipeline.parallel_index"]) == ("s2", 1)
    assert json.loads(device["sonde.pipeline.input"]) == {"email": "a"}
    assert json.loads(device["sonde.pipeline.output"]) == {"known": True}


def test_a_block_is_read_from_what_scripts_and_engine_return(captured: Capture) -> None:
    engine = Engine([[Named("Geo", "s1", {"blocked": True, "reason": "country"})], [Named("Risk", "s2", {})]])
    places = [ScriptPlace("Geo", "s1", 0, 0), ScriptPlace("Risk", "s2", 1, 0)]

    def about(event: str, context: object) -> Trigger:
        return Trigger(event, context=context, scripts=places)

    sonde.TraceContext(trigger=about).install(engine, trigger="execute", script="run")

    assert engine.execute("before_signin", {})["status"] == "blocked"
    statuses = {span.name: (span.attributes or {})["sonde.status"] for span in captured.spans}
    assert statuses == {"Geo": "blocked", "Risk": "skipped", "pipeline.before_signin": "blocked"}
    assert attributes(captured, "pipeline.before_signin")["sonde.status_message"] == "country"


def test_exceptions_pass_through_as_they_are(captured: Capture) -> None:
    raised = Denied("country")
    engine = Engine([[Named("Geo", "s1", raised)]])
    sonde.TraceContext(blocking=Denied).install(engine, trigger="execute", script="run")

    with pytest.raises(Denied) as caught:
        engine.execute("before_signin", {})

    assert caught.value is raised
    assert attributes(captured, "Geo")["sonde.status"] == "blocked"
    assert attributes(captured, "pipeline.before_signin")["sonde.status"] == "blocked"


def test_an_engine_with_names_of_its_own_describes_its_calls(captured: Capture) -> None:
    def about_trigger(what: str, who: int) -> Trigger:
        return Trigger(what, user_id=who)

    def about_script(source: str, at: tuple[int, int]) -> ScriptCall:
        return ScriptCall(source[:4], layer=at[0], index=at[1])

    def outcome(value: int) -> Outcome:
        return Outcome("blocked" if value < 0 else "success", "negative", {"score": value})

    context = sonde.TraceContext(trigger=about_trigger, script=about_script, outcome=outcome)

    @context.wrap_script
    def score(source: str, at: tuple[int, int]) -> int:
        return -len(source)

    @context.wrap_trigger
    def fire(what: str, who: int) -> int:
        return score("long source", (2, 1))

    assert fire("after_signup", 7) == -11
    assert attributes(captured, "pipeline.after_signup")["user.id"] == "7"
    script = attributes(captured, "long")
    assert (script["sonde.pipeline.layer_index"], script["sonde.status"]) == (2, "blocked")
    assert json.loads(script["sonde.pipeline.output"]) == {"score": -11}


def test_asynchronous_engines_are_wrapped_alike(captured: Capture) -> None:
    context = sonde.TraceContext()

    @context.wrap_script
    async def run_script(name: str, index: int) -> dict[str, int]:
        await asyncio.sleep(0)
        return {name: index}

    @context.wrap_trigger
    async def execute(trigger: str) -> list[dict[str, int]]:
        return await asyncio.gather(*(run_script(f"script {index}", index) for index in range(3)))

    assert asyncio.run(execute("before_signin")) == [{f"script {index}": index} for index in range(3)]
    root = captured.span("pipeline.before_signin")
    assert root.context
    scripts = [span for span in captured.spans if span.name.startswith("script")]
    assert [span.parent.span_id for span in scripts if span.parent] == [root.context.span_id] * 3


def test_a_call_that_cannot_be_described_runs_untraced(
    captured: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> Trigger:
        raise RuntimeError("never")

    context = sonde.TraceContext(trigger=broken)

    @context.wrap_trigger
    def execute(event: str) -> str:
        return f"ran {event}"

    @context.wrap_script
    def run(unknown: int) -> int:
        return unknown

    assert [execute("a"), execute("b"), run(3)] == ["ran a", "ran b", 3]
    assert captured.spans == []
    assert len([record for record in caplog.records if record.name == "sonde"]) == 2


def test_a_wrong_outcome_changes_nothing(captured: Capture) -> None:
    def broken(value: object) -> Outcome:
        raise RuntimeError("never")

    @sonde.TraceContext(outcome=broken).wrap_script
    def run(name: str) -> str:
        return name.upper()

    assert run("geo") == "GEO"
    assert attributes(captured, "geo")["sonde.status"] == "success"


def test_a_wrong_call_fails_as_it_would_without(captured: Capture) -> None:
    def execute(event: str) -> str:
        return event

    with pytest.raises(TypeError, match="missing 1 required positional argument: 'event'"):
        sonde.TraceContext().wrap_trigger(execute)()  # pyright: ignore[reportCallIssue] -- wrong on purpose


class Plain:
    """An engine without an object."""

    @staticmethod
    def trigger(trigger_event: str) -> str:
        return Plain.run("geo", 1)

    @classmethod
    def run(cls, name: str, layer: int) -> str:
        return f"{cls.__name__} ran {name}"


def test_static_and_class_methods_stay_what_they_are(captured: Capture) -> None:
    class Wrapped(Plain):
        pass

    sonde.TraceContext().install(Wrapped, trigger="trigger", script="run")

    assert Wrapped.trigger("a") == Wrapped().trigger("b") == "Plain ran geo"
    assert [Wrapped.run("x", 1), Wrapped().run("y", 2)] == ["Wrapped ran x", "Wrapped ran y"]
    assert captured.names() == ["pipeline.a", "pipeline.b", "x", "y"]


def test_a_pipeline_lasts_as_long_as_its_generator(captured: Capture) -> None:
    def trigger(trigger_event: str) -> Iterator[str]:
        yield run("first")
        yield run("second")

    async def streaming(trigger_event: str) -> AsyncIterator[str]:
        yield run("third")

    class Run:
        async def __call__(self, script: str) -> str:
            await asyncio.sleep(0)
            return run(script)

    tracing = sonde.TraceContext()

    @tracing.wrap_script
    def run(script: str) -> str:
        return f"{script} ran"

    async def asynchronous() -> list[str]:
        streamed = [each async for each in tracing.wrap_trigger(streaming)("later")]
        return [*streamed, await tracing.wrap_script(Run())("outer")]

    assert list(tracing.wrap_trigger(trigger)("now")) == ["first ran", "second ran"]
    assert asyncio.run(asynchronous()) == ["third ran", "outer ran"]
    assert_trace(captured, "pipeline.now > second")
    assert_trace(captured, "pipeline.later > third")
    assert_trace(captured, "outer")
    assert captured.names()[:3] == ["first", "second", "pipeline.now"]
    assert attributes(captured, "pipeline.now")["sonde.status"] == "success"


def test_what_does_not_say_what_it_takes_is_left_untraced(captured: Capture) -> None:
    def unnamed() -> Iterator[int]:
        yield 1

    tracing = sonde.TraceContext()
    assert tracing.wrap_script(max)(1, 2) == 2
    assert list(tracing.wrap_trigger(unnamed)()) == [1]
    assert captured.names() == []
