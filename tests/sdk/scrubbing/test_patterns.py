"""Patterns of the user's are used where they can do no harm."""

from __future__ import annotations

import logging
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.sdk.scrubbing import Scrubber, ScrubOptions
from sonde.sdk.scrubbing.patterns import UserPatterns


def test_what_a_pattern_matches_goes() -> None:
    scrubber = Scrubber(ScrubOptions(patterns=(r"ACME-[0-9A-F]{4}", r"\binternal\b")))
    assert scrubber.text("unit ACME-12AB is internal") == "unit [scrubbed: pattern] is [scrubbed: pattern]"
    assert scrubber.attributes({"unit": "ACME-0000", "size": 3}) == {"unit": "[scrubbed: pattern]", "size": 3}
    assert scrubber.text('{"unit": "ACME-0000"}') == '{"unit": "[scrubbed: pattern]"}'
    text = "nothing of the kind"
    assert scrubber.text(text) is text


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "missing"),
        (7, "not text"),
        (b"x", "not text"),
        ("(a+)+$", "repetition within a repetition"),
        ("(x+x+)+y", "repetition within a repetition"),
        ("(?:[a-z]+,?)*;", "repetition within a repetition"),
        ("(a|aa)+$", "takes"),
        ("id=(\\w|\\w\\w)+;", "takes"),
        ("[b-d]{1,30}([b-d]{1,30}){1,30}x", "takes"),
        (".*.*.*x", "takes"),
        (r"(\w)\1", "reference"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_said_and_left_out(
    pattern: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    began = time.thread_time()
    with caplog.at_level(logging.WARNING, "sonde"):
        scrubber = Scrubber(ScrubOptions(patterns=(pattern, "ACME")))
    assert time.thread_time() - began < 3
    assert scrubber.text("ACME " + "a" * 50) == "[scrubbed: pattern] " + "a" * 50
    assert f"cannot scrub by the pattern {pattern!r}" in caplog.text
    assert why in caplog.text


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{3}-\d{2}-\d{4}",
        r"(?:\d{1,3}\.){3}\d{1,3}",
        r"(?:[a-z]++\.)+com",
        r"(?i)\bcustomer[ _-]?\d+\b",
        r"\s+$",
        r"INV-\w+-\w+",
        r"[A-Z]{2}\d{2}(?: ?\d{4}){4,7}",
        r"(?<=pin )\d{4}",
    ],
)
def test_ordinary_patterns_are_used(pattern: str) -> None:
    assert UserPatterns((pattern,))


@given(st.integers(0, 5000), st.integers(0, 300))
def test_a_match_is_found_wherever_it_begins_in_a_long_text(before: int, letters: int) -> None:
    patterns = UserPatterns((r"<\w*>",))
    planted = f"<{'q' * min(letters, 250)}>"
    assert patterns.scrub(f"{'x' * before}{planted} end") == f"{'x' * before}[scrubbed: pattern] end"


def test_empty_matches_are_none() -> None:
    assert UserPatterns(("x*",)).scrub("abc") == "abc"
    assert UserPatterns(("x*",)).scrub("axxb") == "a[scrubbed: pattern]b"
