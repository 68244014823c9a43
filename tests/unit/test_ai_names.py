"""The table of names and the page agree."""

from __future__ import annotations

import re
from pathlib import Path

import sonde
from sonde.ai_names import NAMES

FIELDS = (
    "operation", "provider", "model", "asked", "input", "output", "cached", "written", "reasoning",
    "firstTokenS", "finish", "conversation", "agent",
)  # fmt: skip
MESSAGES = Path(sonde.__file__).parent / "ui" / "js" / "components" / "span" / "messages.js"


def test_the_page_reads_the_names_of_the_table() -> None:
    text = MESSAGES.read_text()
    for field in FIELDS:
        [told] = re.findall(rf"^ +{field}: (?:several\()?first\(attributes, ([^)]*)\)", text, re.MULTILINE)
        assert tuple(re.findall(r'"([^"]+)"', told)) == NAMES[field], field


def test_no_name_is_quoted_in_sql() -> None:
    assert not [
        name for names in NAMES.values() for name in names if not re.fullmatch(r"[a-zA-Z0-9_.]+", name)
    ]
