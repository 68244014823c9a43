from __future__ import annotations

from tests.sdk.collector import Collector
from tests.sdk.conftest import RunProgram

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
