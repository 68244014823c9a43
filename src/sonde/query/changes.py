"""What changed against the time before, and is big enough to matter. Pure.

A component or operation is
- `new` or `gone` with at least 10 spans on the one side and none on the other;
- changed in `traffic` when it has twice or half the spans, and by more than 5 standard deviations of a count;
- changed in `errors` when their share grew or shrank by half or more and by a percentage point, with at
  least 5 errors, and by more than 3 standard errors;
- changed in `latency` when p95 grew or shrank by half or more and by 5 ms, with at least 30 finished spans
  on both sides.

Nothing is told where there was nothing before at all. Of an operation, what its component as a whole tells is
left out (new, gone, traffic).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sonde.query.overview_answers import Change

Place = tuple[str, str]
"""A component, and an operation or ""."""

_SPANS_AT_LEAST = 10
_ERRORS_AT_LEAST = 5
_FINISHED_AT_LEAST = 30
_RATE_AT_LEAST = 0.01
_LATENCY_AT_LEAST_MS = 5
_TRAFFIC_RATIO = 2.0
_RATIO = 1.5
_OF_THE_WHOLE = ("new", "gone", "traffic")


@dataclass(frozen=True, slots=True)
class Figures:
    """What there was of a component or operation."""

    spans: int
    errors: int
    finished: int
    p95_ms: float | None

    @property
    def error_rate(self) -> float:
        """The share of its spans that failed."""
        return self.errors / self.spans if self.spans else 0.0


NOTHING = Figures(0, 0, 0, None)


def changes(now: Mapping[Place, Figures], before: Mapping[Place, Figures], *, limit: int) -> list[Change]:
    """The largest changes, at most `limit`."""
    if not before:
        return []
    found = {
        (change["kind"], place): (weight, change)
        for place in {**now, **before}
        for weight, change in _of(place, now.get(place, NOTHING), before.get(place, NOTHING))
    }
    told = [
        (weight, change)
        for (kind, (component, operation)), (weight, change) in found.items()
        if not (operation and kind in _OF_THE_WHOLE and (kind, (component, "")) in found)
    ]
    told.sort(key=lambda each: (-each[0], each[1]["component"], each[1]["operation"], each[1]["kind"]))
    return [change for _, change in told[:limit]]


def _of(place: Place, now: Figures, before: Figures) -> Iterator[tuple[float, Change]]:
    """The changes of one place, each with how large it is: the doublings, or of what is new, of its spans."""
    if not now.spans or not before.spans:
        spans = max(now.spans, before.spans)
        if spans >= _SPANS_AT_LEAST:
            change = _change("new" if now.spans else "gone", place, before.spans, now.spans)
            yield math.log2(spans), change
        return
    if _traffic_changed(now.spans, before.spans):
        yield from _sized(_change("traffic", place, before.spans, now.spans))
    if _errors_changed(now, before):
        yield from _sized(_change("errors", place, before.error_rate, now.error_rate))
    if now.p95_ms is not None and before.p95_ms is not None and _latency_changed(now, before):
        yield from _sized(_change("latency", place, before.p95_ms, now.p95_ms))


def _traffic_changed(now: int, before: int) -> bool:
    return _differ(now, before, _TRAFFIC_RATIO) and abs(now - before) > 5 * math.sqrt(now + before)


def _errors_changed(now: Figures, before: Figures) -> bool:
    difference = abs(now.error_rate - before.error_rate)
    if max(now.errors, before.errors) < _ERRORS_AT_LEAST or difference < _RATE_AT_LEAST:
        return False
    share = (now.errors + before.errors) / (now.spans + before.spans)
    # The standard error of the difference of two shares that are the same.
    deviation = math.sqrt(max(0.0, share * (1 - share)) * (1 / now.spans + 1 / before.spans))
    return _differ(now.error_rate, before.error_rate, _RATIO) and difference > 3 * deviation


def _latency_changed(now: Figures, before: Figures) -> bool:
    if min(now.finished, before.finished) < _FINISHED_AT_LEAST:
        return False
    assert now.p95_ms is not None
    assert before.p95_ms is not None
    return (
        _differ(now.p95_ms, before.p95_ms, _RATIO) and abs(now.p95_ms - before.p95_ms) >= _LATENCY_AT_LEAST_MS
    )


def _differ(one: float, other: float, ratio: float) -> bool:
    return max(one, other) >= ratio * min(one, other)


def _change(kind: str, place: Place, before: float, now: float) -> Change:
    return {
        "kind": kind,  # pyright: ignore[reportReturnType] -- one of those above
        "component": place[0],
        "operation": place[1],
        "before": before,
        "now": now,
        "ratio": now / before if before else None,
    }


def _sized(change: Change) -> Iterable[tuple[float, Change]]:
    """The change, with its doublings; what came from nothing counts as ten of them."""
    ratio = change["ratio"]
    yield (abs(math.log2(ratio)) if ratio else 10.0), change
