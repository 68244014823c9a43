from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.cli.terminal import harmless, harmless_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /cart", "GET /cart"),
        ("naïve 東京 🚀", "naïve 東京 🚀"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x9b31m", "\\u009b31m"),
        ("two\nlines\tand a tab", "two↵lines and a tab"),
        ("over\rwritten", "over␍written"),
        ("abc\u202etxt.exe", "abc\\u202etxt.exe"),
        ("del\x7f", "del␡"),
    ],
)
def test_control_characters_are_shown_instead_of_obeyed(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    left = harmless(text)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in left)
    assert not any(0x202A <= ord(char) <= 0x202E or 0x2066 <= ord(char) <= 0x2069 for char in left)


@given(st.text())
def test_json_means_the_same_after_it_is_made_harmless(text: str) -> None:
    written = json.dumps({"operation": text}, ensure_ascii=False)
    safe = harmless_json(written)
    assert json.loads(safe) == {"operation": text}
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in safe)
