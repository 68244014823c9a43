"""Durations as they are written and shown."""

from __future__ import annotations

import pytest

from sonde.durations import duration_text, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("200ms", 0.2),
        ("1.5 s", 1.5),
        ("1h30m", 5400),
        ("2m 3s", 123),
        ("450µs", 450e-6),
        ("1d", 86400),
        ("5", None),
        ("", None),
        ("-1s", None),
        ("1s and more", None),
        ("１s", None),
    ],
)
def test_a_duration_is_read_or_it_is_none(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 µs"),
        (450e-6, "450 µs"),
        (0.0223, "22.3 ms"),
        (0.9996, "1 s"),
        (2, "2 s"),
        (99.96, "100 s"),
        (7265, "7265 s"),
    ],
)
def test_a_duration_is_shown_in_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
