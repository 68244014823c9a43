"""The shapes of the overview: what happens now, and what changed."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sonde.query.answers import Operation
from sonde.query.error_answers import ErrorGroup


class Earlier(TypedDict):
    """The figures of the same length of time right before."""

    spanCount: int
    errorCount: int
    errorRate: float
    p50Ms: float | None
    p95Ms: float | None
    p99Ms: float | None


class ComponentSeries(TypedDict):
    """A component in each step of time; `ms` are the starts of the steps in Unix milliseconds."""

    ms: list[int]
    spans: list[int]
    errors: list[int]
    p95Ms: list[float | None]


class ComponentFigures(TypedDict):
    """What a component did. Counts stand for sampled-out spans as well; latencies leave open spans out.

    `ratePerS` are spans a second on average over the range; over the part of it from the first step with
    spans on where no component had any in the same length of time before it.
    """

    component: str
    spanCount: int
    errorCount: int
    openCount: int
    ratePerS: float
    errorRate: float
    p50Ms: float | None
    p95Ms: float | None
    p99Ms: float | None
    lastSeen: str
    series: ComponentSeries
    before: Earlier | None


class OperationFigures(Operation):
    """What an operation of a component did."""

    component: str
    before: Earlier | None


class Change(TypedDict):
    """What is not as it was before; `operation` is "" where it is the component as a whole.

    `before` and `now` are spans for `new`, `gone` and `traffic`, the share of errors for `errors`, p95 in
    milliseconds for `latency`; `ratio` is now to before, null where before is 0.
    """

    kind: Literal["new", "gone", "errors", "latency", "traffic"]
    component: str
    operation: str
    before: float
    now: float
    ratio: float | None


class Overview(TypedDict):
    """What happens now. `total` is of all components together, named "". `exact` as in ServiceList."""

    stepMs: int
    exact: bool
    total: ComponentFigures
    components: list[ComponentFigures]
    operations: list[OperationFigures]
    errors: list[ErrorGroup]
    changes: list[Change]
