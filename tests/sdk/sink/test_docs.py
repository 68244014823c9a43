"""The how-to pages about logs and records do what they say."""

from __future__ import annotations

import re

import pytest
from tests.sdk.collector import Collector
from tests.sdk.conftest import REPOSITORY, RunProgram

HOW_TO = REPOSITORY / "docs" / "how-to"


def snippets(page: str) -> list[str]:
    """The Python blocks of a page."""
    return re.findall(r"```python\n(.*?)```", (HOW_TO / page).read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    ("snippet", "bodies"),
    list(
        zip(
            snippets("logging.md"),
            [["order 7 paid", "no receipt"], ["paid"], ["order paid"], ["paid 12.5 €"]],
            strict=True,
        )
    ),
)
def test_the_page_about_logging_sends_what_it_shows(
    collector: Collector, run_program: RunProgram, snippet: str, bodies: list[str]
) -> None:
    ran = run_program(snippet, {"SONDE_INSTRUMENT": "false"})
    assert [each.record.body.string_value for each in collector.logs] == bodies
    assert {each.record.trace_id for each in collector.logs} == {collector.spans[0].record.trace_id}
    assert collector.spans[0].record.trace_id.hex() in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("snippet", "kinds"),
    list(
        zip(snippets("sink.md"), [["tool", "command", "fragment", "chat"], ["tool"], ["tool"]], strict=True)
    ),
)
def test_the_page_about_the_sink_sends_what_it_shows(
    collector: Collector, run_program: RunProgram, snippet: str, kinds: list[str]
) -> None:
    ran = run_program(snippet, {"SONDE_INSTRUMENT": "false"})
    assert [each.record.event_name for each in collector.logs] == kinds
    assert ran.stderr == ""
