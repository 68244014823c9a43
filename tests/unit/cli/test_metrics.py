from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.cli.metrics import every, number, sparkline, unit_of


def test_a_sparkline_runs_from_the_least_to_the_greatest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([5, 5, 5], 8) == "▄▄▄"
    assert sparkline([0, 0, 10, 10], 2) == "▁█"


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=300), st.integers(1, 60))
def test_a_sparkline_keeps_its_width(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) == min(len(values), width)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.12344, "0.1234"), (1234, "1234"), (12345, "12.35 k"), (-2.5e6, "-2.5 M"), (3e9, "3 G")],
)
def test_numbers_have_four_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_rate_names_its_unit_and_how_long_a_point_is() -> None:
    answer = {"type": "counter", "aggregate": "rate", "unit": "{order}", "stepMs": 1_800_000}
    assert (unit_of(answer), every(answer)) == ("{order}/s", "a point every 30 m")
    assert unit_of({**answer, "aggregate": "increase"}) == "{order}"
    assert unit_of({**answer, "type": "histogram", "unit": "s"}) == "per second"
    assert unit_of({**answer, "type": "histogram", "unit": "s", "aggregate": "p95"}) == "s"
