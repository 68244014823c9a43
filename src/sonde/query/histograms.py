"""Arithmetic of histograms: differences of cumulative ones, sums, quantiles. Pure.

Explicit and exponential histograms become one shape: buckets with a lower and an upper edge and a count.
Within a bucket, values are taken to be spread evenly. Bucket edges: OpenTelemetry metrics data model,
"Histogram" and "ExponentialHistogram" (bucket i of scale s covers base**i to base**(i+1), base =
2**(2**-s)).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Edges = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of buckets by their edges, the sum of all values, and the bounds of these where known."""

    buckets: dict[Edges, float]
    count: float
    total: float
    low: float = -math.inf
    high: float = math.inf

    @property
    def least(self) -> float:
        """The least value where known, else the lowest edge; NaN of an empty one."""
        return max(min(self._finite_edges(), default=math.nan), self.low)

    @property
    def greatest(self) -> float:
        """The greatest value where known, else the highest edge; NaN of an empty one."""
        return min(max(self._finite_edges(), default=math.nan), self.high)

    def _finite_edges(self) -> list[float]:
        return [edge for each in self.buckets for edge in each if math.isfinite(edge)]


EMPTY = Histogram({}, 0, 0)


def explicit(
    bounds: Sequence[float], counts: Sequence[int], *, count: int, total: float, low: float, high: float
) -> Histogram:
    """From explicit bounds. `low` and `high` are the least and the greatest value where known, else infinite:
    they close the outermost buckets, which are open otherwise."""
    edges = [-math.inf, *bounds, math.inf]
    buckets: dict[Edges, float] = {}
    for index, number in enumerate(counts[: len(edges) - 1]):
        if number:
            lower, upper = edges[index], edges[index + 1]
            if lower == -math.inf:
                lower = min(low, upper) if math.isfinite(low) else min(0.0, upper)
            if upper == math.inf:
                upper = max(high, lower) if math.isfinite(high) else lower
            buckets[lower, upper] = buckets.get((lower, upper), 0) + number
    if not counts and count:
        buckets[low, high] = count
    return Histogram(buckets, count, total, low, high)


def exponential(
    scale: int,
    positive: tuple[int, Sequence[int]],
    negative: tuple[int, Sequence[int]],
    *,
    zero_count: int,
    zero_threshold: float,
    count: int,
    total: float,
    low: float,
    high: float,
) -> Histogram:
    """From an exponential histogram; `positive` and `negative` are offset and counts, `low` and `high` the
    least and the greatest value where known, else infinite."""
    buckets: dict[Edges, float] = {}
    for (offset, counts), sign in ((positive, 1), (negative, -1)):
        for index, number in enumerate(counts, offset):
            if number:
                lower, upper = _power(index, scale), _power(index + 1, scale)
                buckets[(lower, upper) if sign > 0 else (-upper, -lower)] = number
    if zero_count:
        buckets[-zero_threshold, zero_threshold] = zero_count
    return Histogram(buckets, count, total, low, high)


def _power(index: int, scale: int) -> float:
    try:
        return 2.0 ** (index * 2.0**-scale)
    except OverflowError:
        return math.inf


def increase(now: Histogram, before: Histogram) -> Histogram:
    """What came since a reading before, of a cumulative histogram.

    A count that went down is a reset: all of `now` is new. Buckets that became coarser meanwhile (an
    exponential histogram lowers its scale) take the old counts of those within them.
    """
    if now.count < before.count:
        return now
    buckets = dict(now.buckets)
    coarser = [edges for edges in before.buckets if edges not in buckets]
    for edges, number in before.buckets.items():
        if edges in buckets:
            buckets[edges] -= number
    for edges in coarser:
        middle = (edges[0] + edges[1]) / 2
        home = next((each for each in buckets if each[0] <= middle <= each[1]), None)
        if home is not None:
            buckets[home] -= before.buckets[edges]
    left = {edges: number for edges, number in buckets.items() if number > 0}
    # What came lies within the bounds of all that ever came.
    return Histogram(left, now.count - before.count, now.total - before.total, now.low, now.high)


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """The sum of histograms; their buckets may differ."""
    buckets: dict[Edges, float] = {}
    count = total = 0.0
    low, high = math.inf, -math.inf
    for each in histograms:
        low, high = min(low, each.low), max(high, each.high)
        count += each.count
        total += each.total
        for edges, number in each.buckets.items():
            buckets[edges] = buckets.get(edges, 0) + number
    return Histogram(buckets, count, total, low, high)


def quantile(histogram: Histogram, q: float) -> float:
    """The value below which a fraction `q` (0 to 1) lies; NaN of an empty histogram."""
    return min(max(_interpolated(histogram, q), histogram.low), histogram.high)


def _interpolated(histogram: Histogram, q: float) -> float:
    whole = sum(histogram.buckets.values())
    if whole <= 0:
        return math.nan
    edges = sorted({edge for each in histogram.buckets for edge in each if math.isfinite(edge)})
    if not edges:
        return math.nan
    wanted = q * whole
    reached = previous = 0.0
    last = edges[0]
    for edge in edges:
        reached = sum(_below(each, edge) * number for each, number in histogram.buckets.items())
        if reached >= wanted:
            if reached == previous:
                return edge
            # What is a single value, not a width, jumps at its edge.
            share = (wanted - previous) / (reached - previous)
            return edge if _jumps(histogram, edge) else last + (edge - last) * share
        previous, last = reached, edge
    return last


def _below(edges: Edges, value: float) -> float:
    """The share of a bucket at or below a value."""
    lower, upper = edges
    if value >= upper:
        return 1.0
    if value <= lower or not math.isfinite(upper - lower):
        return 0.0
    return (value - lower) / (upper - lower)


def _jumps(histogram: Histogram, edge: float) -> bool:
    return (edge, edge) in histogram.buckets
