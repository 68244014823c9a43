"""sentry-sdk in the same process: both see what they saw alone."""

from __future__ import annotations

import pytest
from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram

SENTRY = """
sent = []
class Capturing(sentry_sdk.transport.Transport):
    def capture_envelope(self, envelope):
        sent.extend(item.headers["type"] for item in envelope.items)
        for item in envelope.items:
            if item.payload.json and "exception" in item.payload.json:
                sent.append(item.payload.json["exception"]["values"][-1]["value"])
def start_sentry(*integrations):
    instrumenter = "otel" if integrations else "sentry"
    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=Capturing, traces_sample_rate=1.0,
                    auto_enabling_integrations=False, integrations=list(integrations),
                    instrumenter=instrumenter)
"""

PROGRAM = """
import logging, warnings
warnings.simplefilter("ignore")
import sentry_sdk, sentry_sdk.transport
import sonde
{sentry}
{order}
# Whoever comes second, what it replaced is put right when the first spans are sent.
with sonde.span("first"): pass
sonde.flush()
with sonde.span("order"):
    logging.getLogger("shop").error("no stock")
    try:
        raise ValueError("sold out")
    except ValueError as error:
        sentry_sdk.capture_exception(error)
    headers = {{}}
    from opentelemetry import propagate
    with sonde.correlation("corr_1"):
        propagate.inject(headers)
    assert "traceparent" in headers, headers
    assert "corr_1" in headers.get("baggage", ""), headers
assert "sold out" in sent, sent
"""
CONFIGURE = "sonde.configure(instrument=False)"


@pytest.mark.parametrize(
    "order",
    [f"start_sentry()\n{CONFIGURE}", f"{CONFIGURE}\nstart_sentry()"],
    ids=["first", "second"],
)
def test_errors_go_to_sentry_and_telemetry_to_the_backend(
    collector: Collector, run_program: RunProgram, order: str
) -> None:
    run_program(PROGRAM.format(sentry=SENTRY, order=order))
    span = collector.span("order")
    (log,) = (each.record for each in collector.logs)
    assert (log.body.string_value, log.span_id) == ("no stock", span.span_id)


@pytest.mark.parametrize(
    "order",
    [f"start_sentry()\n{CONFIGURE}", f"{CONFIGURE}\nstart_sentry()"],
    ids=["first", "second"],
)
def test_threads_run_and_have_their_span(collector: Collector, run_program: RunProgram, order: str) -> None:
    ran = run_program(f"""
import threading
import sentry_sdk, sentry_sdk.transport
import sonde
{SENTRY}
{order}
class Working(threading.Thread):
    def run(self):
        with sonde.span("of a class"): pass
def work(name):
    with sonde.span(name): pass
with sonde.span("order"):
    for thread in (threading.Thread(target=work, args=("of a target",)), Working()):
        thread.start()
        thread.join()
""")
    assert "Traceback" not in ran.stderr
    order_id = collector.span("order").span_id
    assert {collector.span(name).parent_span_id for name in ("of a target", "of a class")} == {order_id}


@pytest.mark.parametrize("position", ["first", "second"])
@pytest.mark.parametrize(
    ("module", "integration"),
    [
        ("sentry_sdk.integrations.opentelemetry.integration", "OpenTelemetryIntegration()"),
        ("sentry_sdk.integrations.otlp", "OTLPIntegration(setup_otlp_traces_exporter=False)"),
    ],
    ids=["deprecated", "otlp"],
)
def test_with_its_opentelemetry_integration_both_get_the_spans(
    collector: Collector, run_program: RunProgram, position: str, module: str, integration: str
) -> None:
    name = integration.partition("(")[0]
    start = f"from {module} import {name}\nstart_sentry({integration})"
    order = f"{start}\n{CONFIGURE}" if position == "first" else f"{CONFIGURE}\n{start}"
    program = PROGRAM.format(sentry=SENTRY, order=order)
    if name == "OpenTelemetryIntegration":
        program += "\nassert 'transaction' in sent, sent\n"
    run_program(program)
    assert collector.names() == ["first", "order"]
    assert values(collector.span("order").attributes)["code.function.name"]
