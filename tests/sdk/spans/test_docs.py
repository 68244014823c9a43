"""The how-to page about concurrency does what it says."""

from __future__ import annotations

import re

import pytest
from tests.sdk.collector import Collector
from tests.sdk.conftest import REPOSITORY, RunProgram
from tests.sdk.spans.lineage import parents

PAGE = (REPOSITORY / "docs" / "how-to" / "asyncio.md").read_text("utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

EXPECTED: list[dict[str, str]] = [
    {"page.load": "", "part": "page.load"},
    {"page.load": "", "cache.refresh": ""},
    {"export": "", "rows.read": "export", "row.write": "export"},
    {"album": "", "shrink": "album"},
    {"orders.ship": "", "order.pack": "orders.ship"},
    {"order.send": "", "order.receive": "order.send"},
    {"upload": ""},
]


@pytest.mark.parametrize(("snippet", "expected"), list(zip(SNIPPETS, EXPECTED, strict=True)))
def test_a_snippet_makes_the_spans_the_page_speaks_of(
    run_program: RunProgram, collector: Collector, snippet: str, expected: dict[str, str]
) -> None:
    done = run_program(snippet, {"SONDE_INSTRUMENT": "false"})
    assert "Traceback" not in done.stderr
    collector.wait_for(lambda arrived: set(expected) <= set(arrived.names()))
    assert parents(collector) == expected
