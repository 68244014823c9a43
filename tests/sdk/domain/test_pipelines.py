"""Pipelines and their scripts: statuses, results, what is skipped, and where each span belongs."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

import sonde
from sonde.sdk.complaints import forget
from sonde.sdk.pipelines import ScriptPlace
from sonde.testing import Capture, capture


@pytest.fixture
def captured() -> Iterator[Capture]:
    forget()
    with capture() as found:
        yield found


def attributes(captured: Capture, span: str) -> dict[str, Any]:
    return dict(captured.span(span).attributes or {})


def statuses(captured: Capture) -> dict[str, object]:
    return {span.name: (span.attributes or {}).get("sonde.status") for span in captured.spans}


def parent_of(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


class Denied(Exception):
    """What an engine raises to stop a pipeline."""


def test_an_execution_and_its_scripts_say_what_they_were_given_and_what_came_out(captured: Capture) -> None:
    with sonde.pipeline(
        "before_signin", user_id="usr_1", request_ip="10.0.0.7", context={"email": "a@example.com"}
    ) as p:
        with p.script("Geo Blocker", script_id="s1", layer=0, index=0, input={"ip": "10.0.0.7"}) as s:
            s.output({"country": "CH"})
        with p.script("Risk", script_id="s2", layer=1, index=0) as s:
            s.output({"risk": 0.1})

    root = attributes(captured, "pipeline.before_signin")
    assert root["sonde.pipeline.trigger_event"] == "before_signin"
    assert (root["user.id"], root["client.address"]) == ("usr_1", "10.0.0.7")
    assert json.loads(root["sonde.pipeline.context"]) == {"email": "a@example.com"}
    assert json.loads(root["sonde.pipeline.result"]) == {"country": "CH", "risk": 0.1}
    assert root["sonde.status"] == "success"
    script = attributes(captured, "Geo Blocker")
    assert script["sonde.pipeline.trigger_event"] == "before_signin"
    assert script["sonde.pipeline.script_id"] == "s1"
    assert (script["sonde.pipeline.layer_index"], script["sonde.pipeline.parallel_index"]) == (0, 0)
    assert json.loads(script["sonde.pipeline.input"]) == {"ip": "10.0.0.7"}
    assert json.loads(script["sonde.pipeline.output"]) == {"country": "CH"}
    assert captured.span("Geo Blocker").status.status_code is StatusCode.OK
    assert len({span.context.trace_id for span in captured.spans if span.context}) == 1


def test_a_blocking_script_blocks_the_pipeline_and_the_rest_is_skipped(captured: Capture) -> None:
    rest = [ScriptPlace("Risk", "s2", layer=1), ScriptPlace("Geo Blocker", "s1")]
    with sonde.pipeline("before_signin", scripts=rest) as p:
        p.expect("Audit", script_id="s3", layer=2)
        with p.script("Geo Blocker", script_id="s1", layer=0, index=0) as s:
            s.blocked("country", {"country": "XX"})
        assert p.is_blocked

    assert statuses(captured) == {
        "Geo Blocker": "blocked",
        "Risk": "skipped",
        "Audit": "skipped",
        "pipeline.before_signin": "blocked",
    }
    root = captured.span("pipeline.before_signin")
    assert root.status.status_code is StatusCode.OK
    assert attributes(captured, root.name)["sonde.status_message"] == "Geo Blocker: country"
    assert attributes(captured, "Geo Blocker")["sonde.reason"] == "country"
    skipped = captured.span("Risk")
    assert attributes(captured, "Risk")["sonde.reason"] == "blocked by Geo Blocker: country"
    assert skipped.status.status_code is StatusCode.OK
    assert parent_of(skipped) == root.context.span_id if root.context else None


def test_a_script_started_after_a_block_is_skipped_unless_it_says_that_it_worked(captured: Capture) -> None:
    with sonde.pipeline("before_signin") as p:
        with p.script("Block", layer=0, index=0) as s:
            s.blocked("country")
        with p.script("Sibling", layer=0, index=1):
            pass
        with p.script("Late", layer=1, index=0):
            pass
        with p.script("Cleaner", layer=1, index=1) as s:
            s.output({"cleaned": True})

    assert statuses(captured) == {
        "Block": "blocked",
        "Sibling": "success",
        "Late": "skipped",
        "Cleaner": "success",
        "pipeline.before_signin": "blocked",
    }


def test_a_failing_script_is_an_error_and_its_exception_is_the_callers(captured: Capture) -> None:
    raised = ValueError("no such table")
    p = sonde.pipeline("before_signin", scripts=[ScriptPlace("Never", layer=1)])
    with pytest.raises(ValueError) as caught, p, p.script("Lookup"):
        raise raised

    assert caught.value is raised
    assert statuses(captured) == {"Lookup": "error", "Never": "skipped", "pipeline.before_signin": "error"}
    script = captured.span("Lookup")
    assert script.status.status_code is StatusCode.ERROR
    assert [event.name for event in script.events] == ["exception"]
    assert attributes(captured, "Lookup")["error.type"] == "ValueError"
    assert attributes(captured, "Never")["sonde.reason"] == "not reached: ValueError: no such table"


def test_a_swallowed_error_is_the_pipelines_unless_it_says_otherwise(captured: Capture) -> None:
    with sonde.pipeline("fail_closed") as p, p.script("Lookup") as s:
        s.failed("time out")
    with sonde.pipeline("fail_open") as p:
        with p.script("Lookup") as s:
            s.failed("time out")
        p.succeeded()

    found = statuses(captured)
    assert (found["pipeline.fail_closed"], found["pipeline.fail_open"]) == ("error", "success")


def test_an_exception_can_mean_that_it_is_blocked(captured: Capture) -> None:
    with pytest.raises(Denied), sonde.pipeline("before_signin", blocking=Denied) as p, p.script("Guard"):
        raise Denied("country")

    assert statuses(captured) == {"Guard": "blocked", "pipeline.before_signin": "blocked"}
    assert captured.span("pipeline.before_signin").status.status_code is StatusCode.OK
    assert not captured.span("Guard").events


def test_the_result_is_the_same_whichever_script_ends_first(captured: Capture) -> None:
    order = [threading.Event() for _ in range(3)]

    def work(index: int) -> None:
        with p.script(f"Script {index}", layer=0, index=index) as s:
            assert order[index].wait(5)
            s.output({"last": index, "seen": {str(index): True}})
        if index:
            order[index - 1].set()

    with sonde.pipeline("before_signin") as p, ThreadPoolExecutor(3) as pool:
        order[2].set()
        for future in [pool.submit(work, index) for index in range(3)]:
            future.result()

    assert [span.name for span in captured.spans][:3] == ["Script 2", "Script 1", "Script 0"]
    result = json.loads(attributes(captured, "pipeline.before_signin")["sonde.pipeline.result"])
    assert result == {"last": 2, "seen": {"0": True, "1": True, "2": True}}


def test_scripts_in_threads_that_know_no_context_belong_to_their_pipeline(captured: Capture) -> None:
    def work(index: int) -> None:
        with p.script("Parallel", layer=0, index=index), sonde.span("inside"):
            pass

    with sonde.pipeline("before_signin") as p:
        threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    root = captured.span("pipeline.before_signin").context
    scripts = [span for span in captured.spans if span.name == "Parallel"]
    assert root is not None
    assert [parent_of(span) for span in scripts] == [root.span_id] * 4
    inside = [span for span in captured.spans if span.name == "inside"]
    assert {parent_of(span) for span in inside} == {span.context.span_id for span in scripts if span.context}
    assert attributes(captured, "inside")["sonde.pipeline.trigger_event"] == "before_signin"


def test_scripts_run_as_tasks_and_those_cancelled_are_skipped(captured: Capture) -> None:
    async def work(index: int) -> None:
        async with p.script(f"Script {index}", index=index) as s:
            await asyncio.sleep(0 if index == 0 else 30)
            s.blocked("first")

    async def run() -> None:
        async with p:
            tasks = [asyncio.create_task(work(index)) for index in range(3)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    p = sonde.pipeline("before_signin")
    asyncio.run(run())

    assert statuses(captured) == {
        "Script 0": "blocked",
        "Script 1": "skipped",
        "Script 2": "skipped",
        "pipeline.before_signin": "blocked",
    }
    assert attributes(captured, "Script 1")["sonde.reason"] == "cancelled"


def test_a_skipped_script_says_why(captured: Capture) -> None:
    with sonde.pipeline("before_signin") as p:
        p.skip("Captcha", "switched off", script_id="s4", layer=0, index=2)
        with p.script("Device") as s:
            s.skipped("no fingerprint")

    assert attributes(captured, "Captcha")["sonde.reason"] == "switched off"
    assert attributes(captured, "Captcha")["sonde.pipeline.script_id"] == "s4"
    assert attributes(captured, "Device")["sonde.reason"] == "no fingerprint"
    assert statuses(captured)["pipeline.before_signin"] == "success"


def test_data_that_has_no_json_survives(captured: Capture) -> None:
    class Unspeakable:
        def __repr__(self) -> str:
            raise RuntimeError("never")

    looped: dict[str, object] = {"when": {1, 2}, "what": Unspeakable(), "text": "x" * 1_000_000}
    looped["self"] = looped
    with sonde.pipeline("before_signin", context=looped) as p, p.script("Any", input=looped) as s:
        s.output(looped)

    root = attributes(captured, "pipeline.before_signin")
    for text in (root["sonde.pipeline.context"], root["sonde.pipeline.result"]):
        assert len(text) < 65_000
        assert "truncated (1000000 characters)" in json.loads(text)["text"]
    assert json.loads(root["sonde.pipeline.context"])["what"] == "<Unspeakable: RuntimeError>"
    assert json.loads(attributes(captured, "Any")["sonde.pipeline.input"])["when"] == [1, 2]


def test_what_the_engine_returns_takes_the_place_of_the_merged_result(captured: Capture) -> None:
    with sonde.pipeline("before_signin") as p:
        with p.script("Any") as s:
            s.output({"from": "script"})
        assert p.result == {"from": "script"}
        p.output(["from", "engine"])

    root = attributes(captured, "pipeline.before_signin")
    assert json.loads(root["sonde.pipeline.result"]) == ["from", "engine"]


def test_a_pipeline_is_part_of_its_callers_trace_or_linked_to_it(captured: Capture) -> None:
    with sonde.span("request") as request:
        with sonde.pipeline("joined"):
            pass
        with sonde.pipeline("apart", new_trace=True) as p, p.script("Script"):
            pass

    joined, apart, script = (captured.span(name) for name in ("pipeline.joined", "pipeline.apart", "Script"))
    assert joined.context
    assert apart.context
    assert script.context
    trace_id = request.get_span_context().trace_id
    assert joined.context.trace_id == trace_id
    assert apart.parent is None
    assert apart.context.trace_id == script.context.trace_id != trace_id
    assert [link.context.trace_id for link in apart.links] == [trace_id]


def test_a_pipeline_that_another_one_starts_is_its_own_execution(captured: Capture) -> None:
    with (
        sonde.pipeline("outer") as outer,
        outer.script("Starts inner"),
        sonde.pipeline("inner") as inner,
        inner.script("Guard") as s,
    ):
        s.blocked("no")

    assert statuses(captured) == {
        "Guard": "blocked",
        "pipeline.inner": "blocked",
        "Starts inner": "success",
        "pipeline.outer": "success",
    }
    assert attributes(captured, "Guard")["sonde.pipeline.trigger_event"] == "inner"
