"""The how-to page about sampling does what it says, from `configure()` to what a server receives."""

from __future__ import annotations

import re

import pytest
from tests.sdk.collector import Collector, values
from tests.sdk.conftest import REPOSITORY, RunProgram

PAGE = (REPOSITORY / "docs" / "how-to" / "sampling.md").read_text("utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

# A share of none at all shows what is kept in any case.
ENVIRONMENT = {"SONDE_INSTRUMENT": "false"}

EXPECTED = [
    {"payment.charge": "forced"},
    {"ticket.replay": "forced"},
    {"order.place": "error", "stock.take": "error"},
]


@pytest.mark.parametrize(("snippet", "expected"), list(zip(SNIPPETS, EXPECTED, strict=True)))
def test_a_snippet_keeps_what_the_page_says(
    run_program: RunProgram, collector: Collector, snippet: str, expected: dict[str, str]
) -> None:
    done = run_program(snippet.replace("sample_ratio=0.1", "sample_ratio=0"), ENVIRONMENT)
    assert "Traceback" not in done.stderr
    collector.wait_for(lambda arrived: set(expected) <= set(arrived.names()))
    assert sorted(collector.names()) == sorted(expected)
    for name, reason in expected.items():
        span = collector.span(name)
        assert values(span.attributes)["sonde.kept"] == reason
        assert span.trace_state == "ot=th:0"


def test_the_settings_of_the_environment_do_the_same(run_program: RunProgram, collector: Collector) -> None:
    source = """
import sonde
sonde.configure(service_name="x")
for name in ("GET /", "payment.charge", "other"):
    with sonde.span(name):
        pass
"""
    variables = {**ENVIRONMENT, "SONDE_SAMPLING_ALWAYS": "payment.*,other"}
    done = run_program(
        source, {**variables, "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
    )
    assert "Traceback" not in done.stderr
    collector.wait_for(lambda arrived: len(arrived.names()) >= 2)
    assert sorted(collector.names()) == ["other", "payment.charge"]
