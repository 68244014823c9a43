"""What happens now: components with their series, the slowest operations, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sonde.query import changes
from sonde.query.answers import Service
from sonde.query.counts import step_of
from sonde.query.error_answers import ErrorGroup
from sonde.query.exactness import reading
from sonde.query.overview_answers import ComponentFigures, Earlier, OperationFigures, Overview
from sonde.query.services import service_of
from sonde.query.statements import statement
from sonde.query.time import SECOND_NS, TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

MAX_COMPONENTS = 100
SLOWEST = 10
MAX_CHANGES = 10

# Of each of components, their steps and their operations, the most frequent.
_MAX_ROWS = 20_000

# The bits of `told` in the statement.
_COMPONENT, _OPERATION, _STEP, _TOTAL = 0b011, 0b001, 0b110, 0b111

_Row = tuple[Any, ...]
_NOTHING: _Row = ("", "", 0, _TOTAL, 0, 0, 0, (0, 0, 0), 0, "", "", 0)


@dataclass(slots=True)
class Figures:
    """What there was in a range of time, as rows of the statement."""

    exact: bool
    step_ns: int
    total: _Row | None = None
    components: dict[str, _Row] = field(default_factory=dict[str, _Row])
    steps: dict[str, dict[int, _Row]] = field(default_factory=dict[str, dict[int, _Row]])
    steps_of_total: dict[int, _Row] = field(default_factory=dict[int, _Row])
    operations: dict[changes.Place, _Row] = field(default_factory=dict[changes.Place, _Row])

    def places(self) -> dict[changes.Place, changes.Figures]:
        """Components and operations, as changes are looked for."""
        # An operation without a name has the place of its component, whose figures are worth more.
        rows = self.operations | {(component, ""): row for component, row in self.components.items()}
        return {place: _compared(service_of(_service_row(row))) for place, row in rows.items()}


def figures(database: Database, range_: TimeRange, *, in_steps: bool) -> Figures:
    """The figures of a range of time with an end; with some 60 steps, or as a whole."""
    step_ns = step_of(range_, None) if in_steps else 2**62
    how = reading(database, range_)
    rows = database.query(
        statement("overview", final=how.final),
        {**range_.params, "step": step_ns, "most": _MAX_ROWS},
        settings=how.settings,
    ).rows
    found = Figures(how.exact, step_ns)
    for row in rows:
        component, operation, bucket, told = row[:4]
        if told == _COMPONENT:
            found.components[component] = row
        elif told == _OPERATION:
            found.operations[component, operation] = row
        elif told == _TOTAL:
            found.total = row if row[4] or row[6] else None
        elif told == _STEP:
            found.steps_of_total[bucket] = row
        else:
            found.steps.setdefault(component, {})[bucket] = row
    return found


def overview(now: Figures, before: Figures, errors: list[ErrorGroup], range_: TimeRange) -> Overview:
    """The overview of a range of time, from its figures and those of the time before. Pure."""
    time = _time(now, before, range_)
    busiest = list(now.components.items())[:MAX_COMPONENTS]
    operations = [_operation(place, row, before) for place, row in now.operations.items()]
    operations = [each for each in operations if each["p95Ms"] is not None]
    operations.sort(key=lambda each: (-(each["p95Ms"] or 0), each["component"], each["operation"]))
    return {
        "stepMs": now.step_ns // 10**6,
        "exact": now.exact,
        "total": _component("", now.total or _NOTHING, now.steps_of_total, before.total, time),
        "components": [
            _component(name, row, now.steps.get(name, {}), before.components.get(name), time)
            for name, row in busiest
        ],
        "operations": operations[:SLOWEST],
        "errors": errors,
        "changes": changes.changes(now.places(), before.places(), limit=MAX_CHANGES),
    }


@dataclass(frozen=True, slots=True)
class _Time:
    """The steps of a range of time, and for how long of it there was something to record."""

    step_ns: int
    buckets: range
    recorded_ns: int


def _time(now: Figures, before: Figures, range_: TimeRange) -> _Time:
    begun_ns = range_.since_ns
    if before.total is None and now.steps_of_total:
        # Nothing was recorded yet, which is not the same as nothing being done. At least a step: a span right
        # after one began would be millions a second.
        first_ns = min(now.steps_of_total) * now.step_ns
        begun_ns = max(begun_ns, min(first_ns, range_.until_ns - now.step_ns))
    buckets = range(range_.since_ns // now.step_ns, (range_.until_ns - 1) // now.step_ns + 1)
    return _Time(now.step_ns, buckets, range_.until_ns - begun_ns)


def _service_row(row: _Row) -> _Row:
    """What `service_of` takes: service, spans, errors, open spans, quantiles, last start."""
    return row[9], row[4], row[5], row[6], row[7], row[8]


def _component(
    name: str, row: _Row, steps: dict[int, _Row], before: _Row | None, time: _Time
) -> ComponentFigures:
    found = service_of(_service_row(row))
    each = {bucket: service_of(_service_row(step)) for bucket, step in steps.items()}
    return {
        "component": name,
        "spanCount": found["spanCount"],
        "errorCount": found["errorCount"],
        "openCount": found["openCount"],
        "ratePerS": found["spanCount"] / (time.recorded_ns / SECOND_NS),
        "errorRate": found["errorRate"],
        "p50Ms": found["p50Ms"],
        "p95Ms": found["p95Ms"],
        "p99Ms": found["p99Ms"],
        "lastSeen": found["lastSeen"] if row is not _NOTHING else "",
        "series": {
            "ms": [bucket * time.step_ns // 10**6 for bucket in time.buckets],
            "spans": [each[bucket]["spanCount"] if bucket in each else 0 for bucket in time.buckets],
            "errors": [each[bucket]["errorCount"] if bucket in each else 0 for bucket in time.buckets],
            "p95Ms": [each[bucket]["p95Ms"] if bucket in each else None for bucket in time.buckets],
        },
        "before": _earlier(before),
    }


def _operation(place: changes.Place, row: _Row, before: Figures) -> OperationFigures:
    return {
        **service_of(_service_row(row)),
        "operation": place[1],
        "kind": row[10],
        "maxMs": row[11] / 10**6 if row[4] else None,
        "component": place[0],
        "before": _earlier(before.operations.get(place)),
    }


def _earlier(row: _Row | None) -> Earlier | None:
    if row is None:
        return None
    found = service_of(_service_row(row))
    return {
        "spanCount": found["spanCount"],
        "errorCount": found["errorCount"],
        "errorRate": found["errorRate"],
        "p50Ms": found["p50Ms"],
        "p95Ms": found["p95Ms"],
        "p99Ms": found["p99Ms"],
    }


def _compared(found: Service) -> changes.Figures:
    finished = found["spanCount"] - found["openCount"]
    return changes.Figures(found["spanCount"], found["errorCount"], finished, found["p95Ms"])
