from __future__ import annotations

import pytest
from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram, StartProgram

import sonde


def test_spans_logs_and_metrics_arrive_when_the_program_ends(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program("""
import logging
import sonde

sonde.configure(service_name="shop", service_version="2", environment="test")
with sonde.span("order", number=7):
    logging.getLogger("orders").warning("no stock")
""")
    span = collector.span("order")
    arrived = collector.spans[0]
    assert arrived.resource["service.name"] == "shop"
    assert arrived.resource["service.version"] == "2"
    assert arrived.resource["deployment.environment.name"] == "test"
    assert arrived.resource["telemetry.distro.version"] == sonde.__version__
    log = collector.logs[0].record
    assert (log.body.string_value, log.span_id) == ("no stock", span.span_id)
    assert "process.memory.usage" in {each.record.name for each in collector.metrics}


def test_without_metrics_no_thread_runs_until_there_is_something_to_send(run_program: RunProgram) -> None:
    run_program("""
import threading
import sonde
sonde.configure(signals=["traces", "logs"])
assert threading.active_count() == 1
with sonde.span("order"): pass
assert threading.active_count() == 2
""")


def test_called_again_with_the_same_it_does_nothing(collector: Collector, run_program: RunProgram) -> None:
    ran = run_program("""
import threading
import sonde
import logging
logging.basicConfig(level="INFO")
sonde.configure(service_name="shop")
from opentelemetry import trace
provider = trace.get_tracer_provider()
sonde.configure(service_name="shop")
sonde.configure()
assert trace.get_tracer_provider() is provider
with sonde.span("order"): pass
""")
    assert collector.names() == ["order"]
    assert ran.stderr == ""


def test_called_again_with_something_else_it_changes_to_it(
    collector: Collector, run_program: RunProgram
) -> None:
    ran = run_program("""
import os, logging
import sonde
logging.basicConfig(level="INFO")
sonde.configure(endpoint="http://127.0.0.1:9", sample_ratio=0)
from opentelemetry import trace
tracer = trace.get_tracer("early")
with sonde.span("lost"): pass
sonde.configure(service_name="shop", endpoint=os.environ["SONDE_ENDPOINT"], sample_ratio=1)
with sonde.span("order"): pass
with tracer.start_as_current_span("early"): pass
""")
    assert collector.names() == ["order", "early"]
    assert {each.resource["service.name"] for each in collector.spans} == {"shop"}
    assert "configured anew: service_name, endpoint, sampling_ratio" in ran.stderr


def test_called_again_it_keeps_what_it_was_given_before(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(
        """
import os
import sonde
sonde.configure(service_name="shop", endpoint=os.environ["GIVEN"])
sonde.configure(environment="test")
sonde.configure()
with sonde.span("order"): pass
""",
        {"GIVEN": collector.url, "SONDE_ENDPOINT": "http://127.0.0.1:9"},
    )
    (order,) = collector.spans
    assert order.resource["service.name"] == "shop"
    assert order.resource["deployment.environment.name"] == "test"


def test_a_program_that_only_measures_is_seen_while_it_runs(
    collector: Collector, start_program: StartProgram
) -> None:
    start_program("""
import time
import sonde
from opentelemetry import metrics
sonde.configure(instrument=False, metrics_interval_s=0.2)
metrics.get_meter("shop").create_counter("orders").add(1)
time.sleep(60)
""")
    collector.wait_for(lambda it: {"orders", "process.cpu.time"} <= {each.record.name for each in it.metrics})


@pytest.mark.parametrize(
    "env", [{"SONDE_ENABLED": "false"}, {"OTEL_SDK_DISABLED": "true"}], ids=["ours", "OpenTelemetry's"]
)
def test_disabled_it_does_nothing_at_all(
    collector: Collector, run_program: RunProgram, env: dict[str, str]
) -> None:
    ran = run_program(
        """
import threading, signal, sys
import sonde
before = signal.getsignal(signal.SIGTERM)
sonde.configure()
with sonde.span("order"): sonde.event("paid")
assert sonde.flush()
assert sonde.stats().sent == {}
sonde.shutdown()
assert threading.active_count() == 1
assert signal.getsignal(signal.SIGTERM) is before
assert "sonde.sdk.telemetry" not in sys.modules
from opentelemetry import trace
assert type(trace.get_tracer_provider()).__name__ == "ProxyTracerProvider"
""",
        env,
    )
    assert ran.stderr == ""
    assert collector.requests == []


def test_switched_off_later_it_stops(collector: Collector, run_program: RunProgram) -> None:
    run_program("""
import sonde
sonde.configure(instrument=False)
with sonde.span("before"): pass
sonde.configure(enabled=False)
with sonde.span("after"): pass
sonde.configure(enabled=True)
with sonde.span("again"): pass
""")
    assert collector.names() == ["before", "again"]


def test_used_without_being_configured_is_said_once(run_program: RunProgram) -> None:
    ran = run_program("""
import sonde
for _ in range(3):
    with sonde.span("order"): sonde.event("paid")
assert sonde.flush()
assert sonde.stats().dropped_total == 0
""")
    (line,) = ran.stderr.splitlines()
    assert "before sonde.configure()" in line


def test_tracers_made_before_it_work_after_it(collector: Collector, run_program: RunProgram) -> None:
    run_program("""
from opentelemetry import trace
tracer = trace.get_tracer("library")
with tracer.start_as_current_span("too early"): pass
import sonde
sonde.configure(instrument=False)
with tracer.start_as_current_span("in time"): pass
""")
    assert collector.names() == ["in time"]


def test_values_that_are_not_allowed_are_said_and_the_default_is_used(
    collector: Collector, run_program: RunProgram
) -> None:
    ran = run_program(
        """
import sonde
sonde.configure(
    sample_ratio=7, no_such_setting=1, service_name=None, headers={"a": "b"}, spool_dir=object(), console=[]
)
with sonde.span("order"): pass
""",
        {"SONDE_EXPORT_BATCH": "many"},
    )
    assert collector.names() == ["order"]
    assert "sampling_ratio" in ran.stderr
    assert "no_such_setting" in ran.stderr
    assert "SONDE_EXPORT_BATCH" in ran.stderr
    assert "spool_dir" in ran.stderr


def test_opentelemetrys_variables_are_read(collector: Collector, run_program: RunProgram) -> None:
    run_program(
        """
import sonde
sonde.configure(instrument=False)
with sonde.span("order"): pass
""",
        {
            "SONDE_ENDPOINT": "",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_EXPORTER_OTLP_HEADERS": "x-team=blue%20sky",
            "OTEL_SERVICE_NAME": "from otel",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=staging,team=blue",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        },
    )
    resource = collector.spans[0].resource
    assert resource["service.name"] == "from otel"
    assert resource["deployment.environment.name"] == "staging"
    assert resource["team"] == "blue"
    headers = {name.lower(): value for name, value in collector.requests[0][1].items()}
    assert headers["x-team"] == "blue sky"
    assert headers["content-encoding"] == "gzip"
    assert collector.metrics == []


def test_a_key_goes_as_a_bearer_token(collector: Collector, run_program: RunProgram) -> None:
    run_program("""
import sonde
sonde.configure(api_key="k_123", instrument=False)
with sonde.span("order"): pass
""")
    headers = {name.lower(): value for name, value in collector.requests[0][1].items()}
    assert headers["authorization"] == "Bearer k_123"


def test_the_programs_own_providers_stay_and_are_joined(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program("""
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
own = InMemorySpanExporter()
provider = TracerProvider(resource=Resource.create({"service.name": "mine"}))
provider.add_span_processor(SimpleSpanProcessor(own))
trace.set_tracer_provider(provider)
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
import sonde
sonde.configure(instrument=False)
with sonde.span("ours"): pass
with trace.get_tracer("x").start_as_current_span("theirs"): pass
metrics.get_meter("x").create_counter("orders").add(1)
assert trace.get_tracer_provider() is provider
assert [span.name for span in own.get_finished_spans()] == ["ours", "theirs"]
""")
    assert collector.names() == ["ours", "theirs"]
    assert {each.resource["service.name"] for each in collector.spans} == {"mine"}
    assert "orders" in {each.record.name for each in collector.metrics}


def test_nothing_that_sending_does_is_recorded(collector: Collector, run_program: RunProgram) -> None:
    collector.answer(503)
    run_program(
        """
import logging, time
import sonde
logging.basicConfig(level="DEBUG", filename="log.txt")
sonde.configure()
with sonde.span("order"): pass
time.sleep(0.5)
""",
        {"SONDE_EXPORT_EXIT_TIMEOUT_S": "0.5"},
    )
    assert collector.logs == []
    assert {path for path, *_ in collector.requests} <= {"/v1/traces", "/v1/metrics"}


def test_sampling_follows_the_arguments(collector: Collector, run_program: RunProgram) -> None:
    run_program("""
import sonde
sonde.configure(sample_ratio=0, always=["payment.*"], instrument=False)
for _ in range(5):
    with sonde.span("order"): pass
with sonde.span("payment.card"): pass
try:
    with sonde.span("failing"):
        raise ValueError("no")
except ValueError:
    pass
""")
    assert sorted(collector.names()) == ["failing", "payment.card"]


def test_secrets_do_not_leave(collector: Collector, run_program: RunProgram) -> None:
    run_program("""
import logging
import sonde
sonde.configure(instrument=False)
with sonde.span("login", password="hunter2"):
    logging.getLogger("app").warning("password=hunter2")
""")
    assert "hunter2" not in str(collector.spans)
    assert "hunter2" not in str(collector.logs)
    assert len(collector.logs) == 1


def test_a_span_that_began_is_seen_before_it_ends(collector: Collector, run_program: RunProgram) -> None:
    run_program("""
import sonde
sonde.configure(instrument=False)
with sonde.span("long job", _open=True):
    assert sonde.flush()
""")
    began, ended = (each.record for each in collector.spans)
    assert began.span_id == ended.span_id
    assert began.end_time_unix_nano == 0
    assert values(began.attributes)["sonde.open"] is True
    assert ended.end_time_unix_nano > ended.start_time_unix_nano
    assert "sonde.open" not in values(ended.attributes)
