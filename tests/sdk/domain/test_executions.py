"""What runs, orchestrations and pipelines share: they never disturb the program, whatever is set up."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from opentelemetry.context import get_current

import sonde
from sonde.sdk.complaints import forget
from sonde.testing import capture

MAKERS: list[Callable[[], AbstractContextManager[Any]]] = [
    lambda: sonde.run("run_1"),
    lambda: sonde.orchestration("orc_1", source="daemon", phase="build"),
    lambda: sonde.pipeline("before_signin"),
]

UNCONFIGURED = """
import sonde

with sonde.run("run_1"), sonde.orchestration("orc_1", phase="a") as o, sonde.pipeline("p", context={}) as p:
    sonde.entity("payment", "pym_1")
    o.phase("b")
    o.skip("x", "y")
    with p.script("s", input={}) as s:
        s.blocked("no", {"a": 1})
sonde.entity("payment", "pym_1")
sonde.violation("rule")
print(p.status, p.result, o.current_phase)
"""

BARE = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
import sonde

with sonde.run("run_1"), sonde.span("work"):
    sonde.entity("payment", "pym_1")
for span in exporter.get_finished_spans():
    print(span.name, span.attributes["sonde.run.id"], span.attributes["sonde.entity.payment"])
"""


def output_of(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert [line for line in done.stderr.splitlines() if "before sonde.configure()" not in line] == []
    return done.stdout


def test_without_any_configuration_nothing_is_recorded_and_all_else_works() -> None:
    assert output_of(UNCONFIGURED) == "blocked {'a': 1} b\n"


def test_the_programs_own_provider_is_enough() -> None:
    assert output_of(BARE) == "work run_1 pym_1\nrun run_1 pym_1\n"


@pytest.mark.parametrize("make", MAKERS)
def test_the_context_is_afterwards_what_it_was(make: Callable[[], AbstractContextManager[Any]]) -> None:
    before = get_current()
    with capture():
        with make():
            assert get_current() is not before
        with pytest.raises(KeyboardInterrupt), make():
            raise KeyboardInterrupt

    assert get_current() is before


@pytest.mark.parametrize("make", MAKERS)
def test_one_that_is_used_again_begins_anew(make: Callable[[], AbstractContextManager[Any]]) -> None:
    with capture() as captured:
        block = make()
        with block:
            pass
        with block:
            pass

    assert len(captured.spans) == 2
    assert len({span.context.span_id for span in captured.spans if span.context}) == 2


@pytest.mark.parametrize("make", MAKERS)
def test_one_that_is_entered_twice_at_once_ends_once(
    make: Callable[[], AbstractContextManager[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    forget()
    with caplog.at_level(logging.WARNING, "sonde"), capture() as captured:
        block = make()
        with block:
            with block:
                pass
            assert captured.spans == []

    assert len(captured.spans) == 1
    assert len(caplog.records) == 1


def test_a_pipeline_that_was_blocked_can_succeed_the_next_time() -> None:
    with capture() as captured:
        pipeline = sonde.pipeline("before_signin")
        with pipeline, pipeline.script("Guard") as script:
            script.blocked("no")
        with pipeline, pipeline.script("Guard"):
            pass

    statuses = [(span.attributes or {})["sonde.status"] for span in captured.spans if span.name != "Guard"]
    assert statuses == ["blocked", "success"]
