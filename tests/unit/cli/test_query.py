from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.cli.options import Format, chosen_format, time_params
from sonde.cli.query import RecordType, quoted, whole_search
from sonde.errors import BadRequest
from sonde.query.search import parse
from sonde.query.search.tree import Equals, Term


def test_filters_are_added_to_the_search() -> None:
    assert whole_search("a OR b", RecordType.LOGS, component="tool", level="error") == (
        '(a OR b) component:"tool" level:"error"'
    )
    assert (
        whole_search("", RecordType.EVENTS, event_type="x", correlation_id="c") == 'event:"x" correlation:"c"'
    )
    assert whole_search(" a ", RecordType.SPANS) == "a"


def test_a_level_can_be_a_comparison() -> None:
    assert whole_search("", RecordType.LOGS, level=">=warn") == 'level:>="warn"'
    assert parse('level:>="warn"')


def test_spans_know_error_alone() -> None:
    assert whole_search("", RecordType.TRACES, level="ERROR") == "status:error"
    with pytest.raises(BadRequest, match="--level warn"):
        whole_search("", RecordType.SPANS, level="warn")


def test_metrics_have_no_level() -> None:
    assert whole_search("x", RecordType.METRICS, component="y") == '(x) component:"y"'
    with pytest.raises(BadRequest, match="--type metrics"):
        whole_search("x", RecordType.METRICS, level="error")


@given(st.text(max_size=60))
def test_a_filter_stays_one_value_whatever_is_in_it(text: str) -> None:
    node = parse(f"component:{quoted(text)}")
    assert isinstance(node, Term)
    assert node.key == "component"
    assert node.match == Equals(text)


def test_the_time_is_a_day_unless_told_otherwise() -> None:
    assert time_params(None, None, None) == {"since": "24h"}
    assert time_params("15m", None, None) == {"since": "15m"}
    assert time_params(None, "1h", "30m") == {"since": "1h", "until": "30m"}
    assert time_params(None, None, "2026-01-01T00:00:00Z") == {"until": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(("time_range", "since"), [("1h", "2h"), ("soon", None)])
def test_a_time_range_must_be_one(time_range: str, since: str | None) -> None:
    with pytest.raises(BadRequest, match="--time-range"):
        time_params(time_range, since, None)


def test_the_name_of_a_file_chooses_the_format() -> None:
    from pathlib import Path

    assert chosen_format(None, None) is Format.TABLE
    assert chosen_format(None, Path("x.CSV")) is Format.CSV
    assert chosen_format(Format.JSON, Path("x.csv")) is Format.JSON
    with pytest.raises(BadRequest, match="cannot export a table"):
        chosen_format(None, Path("x.txt"))
