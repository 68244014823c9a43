"""Times, ranges of time and cursors: what is read, and what is refused."""

from __future__ import annotations

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.errors import BadRequest
from sonde.query import cursors
from sonde.query.cursors import Cursor
from sonde.query.time import (
    DAY_NS,
    HOUR_NS,
    MAX_NS,
    MIN_NS,
    MINUTE_NS,
    SECOND_NS,
    TimeRange,
    iso,
    parse_step,
    parse_time,
    time_range,
)

NOW = 1_767_614_400 * SECOND_NS  # 2026-01-05T12:00:00Z


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("15m", NOW - 15 * MINUTE_NS),
        ("1.5h", NOW - 90 * MINUTE_NS),
        ("7d", NOW - 7 * DAY_NS),
        ("2w", NOW - 14 * DAY_NS),
        ("500ms", NOW - SECOND_NS // 2),
        ("2026-01-05", NOW - 12 * HOUR_NS),
        ("2026-01-05T12:00", NOW),
        ("2026-01-05 12:00:00", NOW),
        ("2026-01-05T12:00:00Z", NOW),
        ("2026-01-05T13:00:00+01:00", NOW),
        ("2026-01-05T07:00:00-0500", NOW),
        ("2026-01-05T12:00:00.000000001Z", NOW + 1),
        ("2026-01-05T12:00:00.5Z", NOW + SECOND_NS // 2),
        ("1767614400", NOW),
        ("1767614400.25", NOW + SECOND_NS // 4),
        ("1767614400000", NOW),
        ("1767614400000000", NOW),
        ("1767614400000000001", NOW + 1),
        ("0", 0),
        ("-1.5", -SECOND_NS - SECOND_NS // 2),
        ("1969-12-31T23:59:59.5Z", -SECOND_NS // 2),
    ],
)
def test_a_time_is_read(text: str, expected: int) -> None:
    assert parse_time(text, now_ns=NOW) == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "2026-01-05T25:00", "1e9", "9" * 25, "٣m", "5y", "2300-01-01"]
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_time(text, now_ns=NOW)
    assert "24h" in caught.value.hint or "1677" in caught.value.hint


@given(st.integers(MIN_NS, MAX_NS))
def test_every_time_is_written_and_read_back(unix_ns: int) -> None:
    assert parse_time(iso(unix_ns), now_ns=NOW) == unix_ns


def test_a_range_looks_back_a_day_and_has_no_end_unless_told_otherwise() -> None:
    assert time_range(None, None, now_ns=NOW) == TimeRange(NOW - DAY_NS, MAX_NS)
    assert time_range("1h", None, now_ns=NOW) == TimeRange(NOW - HOUR_NS, MAX_NS)
    assert time_range(None, "2d", now_ns=NOW) == TimeRange(NOW - 3 * DAY_NS, NOW - 2 * DAY_NS)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadRequest, match="since is not before until"):
        time_range("1h", "2h", now_ns=NOW)


@pytest.mark.parametrize("text", ["", "0s", "-5m", "100ms", "x", "5"])
def test_a_step_below_a_second_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="cannot use the step"):
        parse_step(text)


@given(st.integers(MIN_NS, MAX_NS), st.text(), st.text())
def test_a_cursor_goes_round(at_ns: int, identity: str, question: str) -> None:
    cursor = Cursor(TimeRange(MIN_NS, MAX_NS), (at_ns, identity))
    assert cursors.decode(cursors.encode(cursor, question), question, (int, str)) == cursor


def tampered() -> list[str]:
    good = cursors.encode(Cursor(TimeRange(0, 5), (3, "x")), "q")
    body = orjson.loads(base64.urlsafe_b64decode(good + "=="))
    body[3] = 4
    changed = base64.urlsafe_b64encode(orjson.dumps(body)).decode()
    return [
        "",
        "x",
        "é",
        "=",
        good[:-2],
        good + "A",
        changed,
        "A" * 7000,
        base64.b64encode(b"{}").decode(),
        "W10",
    ]


@pytest.mark.parametrize("text", tampered())
def test_a_cursor_that_was_tampered_with_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="cannot go on from this cursor"):
        cursors.decode(text, "q", (int, str))


def test_a_cursor_of_another_question_is_refused() -> None:
    cursor = cursors.encode(Cursor(TimeRange(0, 5), (3, "x")), "q")
    for question, kinds in (("other", (int, str)), ("q", (int, int)), ("q", (int,))):
        with pytest.raises(BadRequest, match="cannot go on"):
            cursors.decode(cursor, question, kinds)
