"""Arithmetic of histograms, checked against the values that were put in."""

from __future__ import annotations

import math
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.query.histograms import EMPTY, Histogram, explicit, exponential, increase, merged, quantile

BOUNDS = [0.0, 5.0, 10.0, 25.0, 50.0, 100.0]
OPEN = {"low": -math.inf, "high": math.inf}
VALUES = st.lists(st.floats(0, 120), min_size=1, max_size=60)


def histogram(values: list[float]) -> Histogram:
    counts = [0] * (len(BOUNDS) + 1)
    for value in values:
        counts[bisect_left(BOUNDS, value)] += 1
    return explicit(BOUNDS, counts, count=len(values), total=sum(values), low=min(values), high=max(values))


def exponential_of(values: list[float], scale: int) -> Histogram:
    base = 2 ** (2**-scale)
    indexes = [math.ceil(math.log(value, base)) - 1 for value in values if value > 0]
    offset = min(indexes, default=0)
    counts = [indexes.count(index) for index in range(offset, max(indexes, default=0) + 1)]
    zeros = len(values) - len(indexes)
    return exponential(
        scale,
        (offset, counts),
        (0, []),
        zero_count=zeros,
        zero_threshold=0,
        count=len(values),
        total=sum(values),
        low=-math.inf,
        high=math.inf,
    )


@given(VALUES, st.floats(0, 1))
def test_a_quantile_lies_in_the_bucket_of_its_value(values: list[float], q: float) -> None:
    found = quantile(histogram(values), q)
    exact = sorted(values)[min(len(values) - 1, max(0, math.ceil(q * len(values)) - 1))]
    index = bisect_left(BOUNDS, exact)
    low = BOUNDS[index - 1] if index else min(0.0, min(values))
    high = BOUNDS[index] if index < len(BOUNDS) else max(values)
    assert low - 1e-9 <= found <= high + 1e-9


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=60), st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_of_an_exponential_histogram_is_as_near_as_its_scale(
    values: list[float], q: float
) -> None:
    scale = 5
    found = quantile(exponential_of(values, scale), q)
    exact = sorted(values)[max(0, math.ceil(q * len(values)) - 1)]
    assert found == pytest.approx(exact, rel=2 * (2 ** (2**-scale) - 1))


@given(VALUES, VALUES)
def test_what_came_between_two_readings_is_what_was_added(before: list[float], after: list[float]) -> None:
    low, high = min(before + after), max(before + after)

    def reading(values: list[float]) -> Histogram:
        counts = [0] * (len(BOUNDS) + 1)
        for value in values:
            counts[bisect_left(BOUNDS, value)] += 1
        return explicit(BOUNDS, counts, count=len(values), total=sum(values), low=low, high=high)

    came = increase(reading(before + after), reading(before))
    assert came.buckets == reading(after).buckets
    assert came.count == len(after)
    assert came.total == pytest.approx(sum(after), abs=1e-6)
    assert merged([came, reading(before)]).buckets == reading(before + after).buckets


def test_a_count_that_fell_began_again() -> None:
    now, before = histogram([1.0]), histogram([1.0, 2.0])
    assert increase(now, before) == now


def test_readings_of_different_scales_are_compared() -> None:
    before, now = exponential_of([1.5, 3.0, 6.0], 4), exponential_of([1.5, 3.0, 6.0, 50.0], 1)
    came = increase(now, before)
    assert came.count == 1
    assert quantile(came, 0.5) == pytest.approx(50, rel=0.5)
    assert sum(came.buckets.values()) == 1


def test_negative_values_and_zeros_have_their_place() -> None:
    found = exponential(0, (0, [4]), (0, [4]), zero_count=8, zero_threshold=0, count=16, total=0, **OPEN)
    assert quantile(found, 0.5) == 0
    assert -2 <= quantile(found, 0.1) <= -1
    assert 1 <= quantile(found, 0.9) <= 2


def test_a_scale_whose_bounds_no_float_holds_does_no_harm() -> None:
    found = exponential(-10, (1, [3]), (1, [3]), zero_count=0, zero_threshold=0, count=6, total=0, **OPEN)
    assert math.isnan(quantile(found, 0.5)) or math.isfinite(quantile(found, 0.5))


def test_nothing_has_no_quantile() -> None:
    assert math.isnan(quantile(EMPTY, 0.5))
    assert math.isnan(quantile(merged([]), 0.5))


def test_without_bounds_the_extremes_are_what_is_known() -> None:
    found = explicit([], [], count=4, total=20, low=2, high=8)
    assert quantile(found, 0.5) == pytest.approx(5)
