"""Sonde's API without `configure()`: with the program's own providers, with none, and switched off."""

from __future__ import annotations

import json

from tests.sdk.conftest import RunProgram

# Everything of the API once, in each of its forms.
EVERYTHING = """
import asyncio, json, sys, threading
import sonde
from opentelemetry import baggage, trace

@sonde.traced
def traced(): return 1

@sonde.traced
def generator(): yield 1

@sonde.traced
async def asynchronous(): return 1

@sonde.traced
async def asynchronous_generator(): yield 1

async def main():
    async with sonde.span("async"): await asynchronous()
    async for _ in asynchronous_generator(): pass

def everything():
    with sonde.correlation("corr"), sonde.span("block", a={"b": 1}) as span:
        span.set(c=object())
        traced(); list(generator()); asyncio.run(main())
        sonde.event("happened", "message", x=1)
        sonde.emit_event("emitted")
        headers = {}
        sonde.inject(headers)
        try:
            with sonde.span("failing"): raise ValueError("theirs")
        except ValueError: pass
    sonde.end_span(sonde.start_span("imperative", open=True))
    with sonde.extract(headers), sonde.span("extracted"): pass
    sonde.current_span().set(x=1)
    return headers
"""

OWN_PROVIDERS = (
    EVERYTHING
    + """
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

with sonde.span("before there is a provider"): pass
spans, logs = InMemorySpanExporter(), InMemoryLogRecordExporter()
tracers, loggers = TracerProvider(), LoggerProvider()
tracers.add_span_processor(SimpleSpanProcessor(spans))
loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
trace.set_tracer_provider(tracers)
set_logger_provider(loggers)
if "disabled" in sys.argv:
    sonde.configure(enabled=False)
    with trace.get_tracer("theirs").start_as_current_span("theirs") as theirs:
        with sonde.span("nothing"):
            assert trace.get_current_span() is theirs
            assert sonde.current_span() == theirs
headers = everything()
print(json.dumps({
    "spans": {
        s.name: {**s.attributes, "scope": s.instrumentation_scope.name} for s in spans.get_finished_spans()
    },
    "logs": {l.log_record.event_name: dict(l.log_record.attributes) for l in logs.get_finished_logs()},
    "headers": headers,
}))
"""
)

NO_PROVIDER = (
    EVERYTHING
    + """
headers = everything()
assert headers == {"baggage": "correlation.id=corr"}, headers
assert "opentelemetry.sdk" not in sys.modules
"""
)

# Once, for what came before there was a provider.
SAID = "sonde is used before sonde.configure() was called: nothing is recorded until then\n"


def test_with_the_programs_own_providers_everything_is_recorded_there(run_program: RunProgram) -> None:
    done = run_program(OWN_PROVIDERS)
    told = json.loads(done.stdout)
    assert done.stderr == SAID
    assert sorted(told["spans"]) == sorted(
        [
            *("async", "asynchronous", "asynchronous_generator", "block", "extracted"),
            *("failing", "generator", "imperative", "traced"),
        ]
    )
    for name, attributes in told["spans"].items():
        assert attributes["scope"] == "sonde"
        assert attributes["code.file.path"].endswith("program.py")
        assert attributes.get("correlation.id") == (None if name == "imperative" else "corr")
    assert told["spans"]["block"]["a"] == '{"b":1}'
    assert sorted(told["logs"]) == ["emitted", "happened"]
    assert told["logs"]["happened"] == {"x": 1, "correlation.id": "corr"}
    assert "traceparent" in told["headers"]


def test_without_a_provider_nothing_is_recorded_and_all_of_it_works(run_program: RunProgram) -> None:
    assert run_program(NO_PROVIDER).stderr == SAID


def test_switched_off_nothing_of_ours_is_recorded_and_theirs_stays(run_program: RunProgram) -> None:
    done = run_program(OWN_PROVIDERS.replace('"disabled" in sys.argv', "True"))
    told = json.loads(done.stdout)
    assert done.stderr == SAID
    assert list(told["spans"]) == ["theirs"]
    assert told["logs"] == {}
