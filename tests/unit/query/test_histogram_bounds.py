"""What a histogram knows of its least and greatest value bounds what is answered from its buckets."""

from __future__ import annotations

import math

from sonde.query.histograms import EMPTY, Histogram, explicit, exponential, increase, merged, quantile


def _of(counts: list[int], low: float = -math.inf, high: float = math.inf) -> Histogram:
    return explicit([10, 100, 1000], counts, count=sum(counts), total=0, low=low, high=high)


def test_known_bounds_come_before_the_edges_of_buckets() -> None:
    assert (_of([0, 1, 1, 0]).least, _of([0, 1, 1, 0]).greatest) == (10, 1000)
    bounded = _of([0, 1, 1, 0], low=40, high=900)
    assert (bounded.least, bounded.greatest) == (40, 900)
    assert quantile(bounded, 1.0) == 900
    assert quantile(bounded, 0.0) >= 40


def test_an_exponential_histogram_knows_its_bounds() -> None:
    found = exponential(
        0, (1, [0, 2]), (0, []), zero_count=1, zero_threshold=0, count=3, total=10, low=0, high=5
    )
    assert (found.least, found.greatest) == (0, 5)


def test_what_came_lies_within_the_bounds_of_all_and_a_sum_within_the_widest() -> None:
    came = increase(_of([0, 2, 1, 0], low=40, high=900), _of([0, 2, 0, 0], low=40, high=50))
    assert (came.least, came.greatest) == (100, 900)
    both = merged([_of([0, 1, 0, 0], low=40, high=60), _of([0, 1, 0, 0], low=30, high=50)])
    assert (both.least, both.greatest) == (30, 60)


def test_an_empty_histogram_has_no_bounds() -> None:
    assert math.isnan(EMPTY.least)
    assert math.isnan(EMPTY.greatest)
    assert math.isnan(quantile(EMPTY, 0.5))
    assert math.isnan(merged([]).greatest)
