from __future__ import annotations

import time

import pytest

from sonde.cli import times


@pytest.fixture(autouse=True)
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (450, "450 ns"),
        (1_500, "1.5 µs"),
        (22_345_678, "22.3 ms"),
        (999_400_000, "999 ms"),
        (999_600_000, "1 s"),
        (1_240_000_000, "1.24 s"),
        (59_900_000_000, "59.9 s"),
        (123_000_000_000, "2 m 03 s"),
        (3_723_000_000_000, "1 h 02 m"),
        (93_784_000_000_000, "1 d 02 h"),
    ],
)
def test_a_duration_has_the_unit_that_suits_it(ns: int, text: str) -> None:
    assert times.duration(ns) == text


def test_times_are_local_with_milliseconds() -> None:
    assert times.local_time(1_784_116_800_123_999_999) == "2026-07-15 14:00:00.123"
    assert times.local_time(1_784_116_800_123_999_999, with_date=False) == "14:00:00.123"


@pytest.mark.parametrize("ns", [-1, 2**63 - 1])
def test_times_far_off_are_shown(ns: int) -> None:
    assert times.local_time(ns)


def test_iso_times_keep_their_nanoseconds() -> None:
    assert times.iso_to_ns("2026-07-15T12:00:00.123456789Z") == 1_784_116_800_123_456_789
    assert times.iso_to_ns("2026-07-15T14:00:00+02:00") == 1_784_116_800_000_000_000
    assert times.iso_to_ns("2026-07-15T12:00:00.5Z") == 1_784_116_800_500_000_000
    with pytest.raises(ValueError, match="yesterday"):
        times.iso_to_ns("yesterday")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("15m", "15m"),
        ("1784116800", "1784116800"),
        ("2026-07-15T14:00", "2026-07-15T14:00:00+02:00"),
        ("2026-07-15", "2026-07-15T00:00:00+02:00"),
        ("2026-07-15T12:00:00Z", "2026-07-15T12:00:00Z"),
        ("the other day", "the other day"),
    ],
)
def test_a_time_without_a_zone_is_local(typed: str, sent: str) -> None:
    assert times.for_api(typed) == sent


def test_relative_times_have_a_unit() -> None:
    assert times.relative_s("90s") == 90
    assert times.relative_s("7d") == 604_800
    assert times.relative_s("90") is None
