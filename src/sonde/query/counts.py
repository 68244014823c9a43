"""How many records over time, all together or by a field."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sonde.errors import BadRequest
from sonde.query.answers import Counts, CountSeries
from sonde.query.attributes import TABLES
from sonde.query.exactness import Reading, reading
from sonde.query.search import Node, Searched, condition
from sonde.query.search.fields import FIELDS, OWN_ATTRIBUTES, Severity, Text
from sonde.query.statements import statement
from sonde.query.time import SECOND_NS, TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

MAX_BUCKETS = 2_000
MAX_SERIES = 20
_AUTOMATIC_BUCKETS = 60
SEVERITY_NAME = (
    "if(SeverityNumber BETWEEN 1 AND 24, "
    "['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber + 3, 4)], SeverityText)"
)
"""The name of a log's severity, without its step: INFO for INFO2."""

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 604800)


def step_of(range_: TimeRange, wanted_ns: int | None, *, at_most: int = MAX_BUCKETS) -> int:
    """The step in nanoseconds, about 60 in the range unless one is wanted.

    Raises BadRequest for too small a one.
    """
    if wanted_ns is None:
        ideal_s = range_.length_ns / SECOND_NS / _AUTOMATIC_BUCKETS
        return next((step for step in _STEPS_S if step >= ideal_s), _STEPS_S[-1]) * SECOND_NS
    if range_.length_ns // wanted_ns >= at_most:
        steps = range_.length_ns // wanted_ns
        raise BadRequest(
            f"cannot answer {steps} steps of {wanted_ns // SECOND_NS} s: more than {at_most}",
            hint="use a longer step or a shorter range",
        )
    return wanted_ns


def ending_now(range_: TimeRange, *, now_ns: int | None = None) -> TimeRange:
    """A range with an end: what has none ends now."""
    now_ns = time.time_ns() if now_ns is None else now_ns
    return TimeRange(range_.since_ns, max(range_.since_ns + 1, min(range_.until_ns, now_ns)))


def over_time(
    database: Database,
    searched: Searched,
    node: Node,
    range_: TimeRange,
    *,
    step_ns: int | None = None,
    by: str = "",
) -> Counts:
    """Counts of the records that match, in steps; spans are weighted by sampling.

    Args:
        database: the tenant's.
        searched: spans or logs.
        node: the search.
        range_: when they began; it must have an end, see `ending_now`.
        step_ns: the step; about 60 in the range if None.
        by: a field or attribute; of its values the 20 most frequent are told apart, the rest are "other".

    Raises:
        SearchSyntaxError: the search names what these records do not have.
        BadRequest: the step is too small for the range, or `by` is no field to count by.
    """
    step_ns = step_of(range_, step_ns)
    wanted = condition(node, searched)
    how = reading(database, range_) if searched == "spans" else Reading(exact=True)
    [(table, _)] = TABLES[searched]
    value, value_params = _value(searched, by)
    rows = database.query(
        statement(
            "counts",
            table=table,
            final=how.final if searched == "spans" else "",
            condition=wanted.sql,
            value=value,
            weight="SampleWeight",
        ),
        {
            **wanted.params,
            **value_params,
            **range_.params,
            "step": step_ns,
            "series": MAX_SERIES,
        },
        settings=how.settings,
    ).rows
    series: dict[str, list[tuple[int, int]]] = {}
    for name, bucket, count in rows:
        series.setdefault(name, []).append((bucket * step_ns // 10**6, round(count)))
    answers: list[CountSeries] = [
        {"value": name, "total": sum(count for _, count in points), "points": points}
        for name, points in series.items()
    ]
    answers.sort(key=lambda each: (-each["total"], each["value"]))
    return {
        "stepMs": step_ns // 10**6,
        "total": sum(each["total"] for each in answers),
        "series": answers,
        "exact": how.exact,
    }


def _value(searched: Searched, by: str) -> tuple[str, dict[str, object]]:
    """The expression whose values are told apart."""
    if not by:
        return "''", {}
    field = FIELDS[searched].get(by)
    if isinstance(field, Text):
        return f"toString({field.column})", {}
    if isinstance(field, Severity):
        return SEVERITY_NAME, {}
    if field is not None:
        raise BadRequest(
            f"cannot count by {by}: it is not a text", hint="count by service, status or an attribute"
        )
    own = OWN_ATTRIBUTES[searched]
    text = f"if(mapContains({own}, {{by:String}}), {own}[{{by:String}}], ResourceAttributes[{{by:String}}])"
    return text, {"by": by}
