"""The how-to page about scrubbing does what it says, from `configure()` to what a server receives."""

from __future__ import annotations

import re

from tests.sdk.collector import Collector, values
from tests.sdk.conftest import REPOSITORY, RunProgram

PAGE = (REPOSITORY / "docs" / "how-to" / "scrubbing.md").read_text("utf-8")
LOGIN, CLINIC = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

ENVIRONMENT = {"SONDE_INSTRUMENT": "false"}


def test_secrets_do_not_arrive(run_program: RunProgram, collector: Collector) -> None:
    done = run_program(LOGIN, ENVIRONMENT)
    assert "Traceback" not in done.stderr
    collector.wait_for(lambda arrived: arrived.names() and arrived.logs)
    attributes = values(collector.span("login").attributes)
    assert attributes["user"] == "bob"
    assert attributes["password"] == "[scrubbed: password]"
    address = "https://bob:[scrubbed: password]@example.com/?token=[scrubbed: token]"
    assert attributes["url"] == address
    assert address in PAGE
    assert [each.record.body.string_value for each in collector.logs] == [
        "cannot log in with password=[scrubbed: password]"
    ]


def test_keys_patterns_and_e_mails_of_the_users(run_program: RunProgram, collector: Collector) -> None:
    done = run_program(CLINIC, ENVIRONMENT)
    assert "Traceback" not in done.stderr
    collector.wait_for(lambda arrived: arrived.names())
    attributes = values(collector.span("admit").attributes)
    assert attributes["patient.name"] == "[scrubbed: patient name]"
    assert attributes["note"] == "[scrubbed: pattern], write to [scrubbed: e-mail]"


def test_it_can_be_switched_off(run_program: RunProgram, collector: Collector) -> None:
    run_program(LOGIN, {**ENVIRONMENT, "SONDE_SCRUB_ENABLED": "false"})
    collector.wait_for(lambda arrived: arrived.names())
    assert values(collector.span("login").attributes)["password"] == "hunter2"


def test_resources_and_metrics_have_no_secrets_either(run_program: RunProgram, collector: Collector) -> None:
    run_program(
        """
from opentelemetry import metrics
import sonde
resource = {"db.url": "postgres://bob:hunter2@db/shop", "region": "eu"}
sonde.configure(service_name="login", resource_attributes=resource)
meter = metrics.get_meter("login")
for measure in (meter.create_counter("logins").add, meter.create_histogram("took").record):
    measure(1, {"password": "hunter2", "user": "bob"})
with sonde.span("login"):
    sonde.event("login")
""",
        ENVIRONMENT,
    )
    arrived = [*collector.spans, *collector.logs, *collector.metrics]
    assert {each.resource["db.url"] for each in arrived} == {"postgres://bob:[scrubbed: password]@db/shop"}
    assert {each.resource["region"] for each in arrived} == {"eu"}
    metrics = {each.record.name: each.record for each in collector.metrics}
    for points in (metrics["logins"].sum.data_points, metrics["took"].histogram.data_points):
        assert values(points[0].attributes) == {"password": "[scrubbed: password]", "user": "bob"}
