"""Tokens and cost of AI calls: by provider, model, user, day and the like, and over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from sonde.errors import BadRequest
from sonde.query.ai_answers import AiFigures, AiSeries, AiUsage, UnknownModel
from sonde.query.ai_calls import COUNTED, Calls, calls_that_match
from sonde.query.ai_prices import CLASS, Class, Prices, class_params, price_data
from sonde.query.counts import ending_now, step_of
from sonde.query.search import Node
from sonde.query.statements import statement
from sonde.query.time import DAY_NS, MAX_NS, MIN_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

Dimension = Literal["provider", "model", "operation", "session", "user", "entity", "day", "component"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

_VALUES: dict[str, str] = {
    "provider": "provider",
    "model": "model",
    "operation": "operation",
    "session": "conversation",
    "user": "user",
    "day": "toString(toDate(fromUnixTimestamp64Nano(at, 'UTC')))",
    "component": "Component",
    "entity": "entity",
}
# A dimension with more values than this would not be read by anyone.
GROUPS = 100_000
_UNKNOWN_SHOWN = 100


@dataclass(slots=True)
class Sum:
    """Figures of several classes of calls together."""

    calls: float = 0
    errors: float = 0
    tokens: list[float] = field(default_factory=lambda: [0.0] * 5)
    cost: float = 0
    has_cost: bool = False
    unpriced: float = 0
    providers: set[str] = field(default_factory=set[str])
    last_ns: int = MIN_NS

    def add(self, provider: str, cost: float | None, row: Sequence[Any]) -> None:
        """One class of calls: a row of `ai_usage.sql` from its sums on."""
        calls, errors, input_, cached, written, output, reasoning, _, unpriced, _, _, last_ns = row
        self.calls += calls
        self.errors += errors
        # Of many users there are many rows: a loop would cost more than the sums.
        tokens = self.tokens
        tokens[0] += input_
        tokens[1] += cached
        tokens[2] += written
        tokens[3] += output
        tokens[4] += reasoning
        if cost is not None:
            self.cost += cost
            self.has_cost = True
        else:
            self.unpriced += unpriced
        if provider:
            self.providers.add(provider)
        self.last_ns = max(self.last_ns, last_ns)

    def merge(self, other: Sum) -> None:
        """Those of another one as well."""
        self.calls += other.calls
        self.errors += other.errors
        self.tokens = [one + more for one, more in zip(self.tokens, other.tokens, strict=True)]
        self.cost += other.cost
        self.has_cost |= other.has_cost
        self.unpriced += other.unpriced
        self.providers |= other.providers
        self.last_ns = max(self.last_ns, other.last_ns)

    @property
    def figures(self) -> AiFigures:
        """Them as an answer."""
        input_, cached, written, output, reasoning = (round(each) for each in self.tokens)
        return {
            "calls": round(self.calls),
            "errors": round(self.errors),
            "inputTokens": input_,
            "cachedTokens": cached,
            "cacheWriteTokens": written,
            "outputTokens": output,
            "reasoningTokens": reasoning,
            "costUsd": self.cost if self.has_cost else None,
            "unpricedCalls": round(self.unpriced),
        }


def usage(database: Database, node: Node, range_: TimeRange, *, by: Dimension, limit: int) -> AiUsage:
    """Usage of the calls that match, by a dimension.

    Raises:
        SearchSyntaxError: the search names what spans do not have.
        BadRequest: there is no such dimension.
    """
    if by not in DIMENSIONS:
        raise BadRequest(
            f"cannot sum up AI calls by {str(by)[:40]!r}", hint=f"use one of {', '.join(DIMENSIONS)}"
        )
    found = calls_that_match(database, node, range_)
    sql = found.sql
    params: dict[str, object] = {}
    if by == "entity":
        sql = statement("ai_entities", spans=sql)
        params = {
            "linked_since": max(MIN_NS, found.range.since_ns - DAY_NS),
            "linked_until": min(MAX_NS, found.range.until_ns + DAY_NS),
        }
    rows = _sums(database, found, sql, _VALUES[by], params)
    by_value: dict[str, Sum] = {}
    unknown: dict[tuple[str, str], Sum] = {}
    total, prices = Sum(), Prices()
    for value_, of, rest in rows:
        cost, is_known = cost_of(of, rest, prices)
        provider, model = of[0], of[1] or of[2]
        if (known := by_value.get(value_)) is None:
            known = by_value[value_] = Sum()
        known.add(provider, cost, rest)
        if not is_known:
            unknown.setdefault((provider, model), Sum()).add(provider, cost, rest)
    if by == "entity":
        total, unknown = _whole(database, found)
    else:
        for each in by_value.values():
            total.merge(each)
    shown = sorted(
        by_value.items(), key=lambda each: (-each[1].cost, -sum(each[1].tokens), -each[1].calls, each[0])
    )
    if by == "day":
        shown.sort(key=lambda each: each[0], reverse=True)
    return {
        "by": by,
        "rows": [
            {
                **of.figures,
                "value": value_,
                "providers": sorted(of.providers),
                "lastSeen": iso(of.last_ns),
            }
            for value_, of in shown[:limit]
        ],
        "rowCount": len(shown),
        "total": total.figures,
        "unknownModels": _unknown_models(unknown),
        "prices": price_data(),
        "cut": len(rows) >= GROUPS,
        "exact": found.exact,
    }


def series(database: Database, node: Node, range_: TimeRange, *, step_ns: int | None = None) -> AiSeries:
    """Usage of the calls that match, in steps; about 60 in the range unless a step is given.

    Raises:
        SearchSyntaxError: the search names what spans do not have.
        BadRequest: the step is too small for the range.
    """
    range_ = ending_now(range_)
    step_ns = step_of(range_, step_ns)
    found = calls_that_match(database, node, range_)
    rows = _sums(database, found, found.sql, "toString(intDiv(at, {step:Int64}))", {"step": step_ns})
    by_step: dict[int, Sum] = {}
    prices = Prices()
    for bucket, of, rest in rows:
        by_step.setdefault(int(bucket), Sum()).add(of[0], cost_of(of, rest, prices)[0], rest)
    buckets = range(range_.since_ns // step_ns, (range_.until_ns - 1) // step_ns + 1)
    nothing = Sum()
    sums = [by_step.get(bucket, nothing).figures for bucket in buckets]
    return {
        "stepMs": step_ns // 10**6,
        "ms": [bucket * step_ns // 10**6 for bucket in buckets],
        "calls": [each["calls"] for each in sums],
        "errors": [each["errors"] for each in sums],
        "inputTokens": [each["inputTokens"] for each in sums],
        "cachedTokens": [each["cachedTokens"] for each in sums],
        "outputTokens": [each["outputTokens"] for each in sums],
        "costUsd": [each["costUsd"] or 0.0 for each in sums],
        "exact": found.exact,
    }


Row = tuple[str, Class, Sequence[Any]]


def _sums(database: Database, found: Calls, sql: str, value: str, params: dict[str, object]) -> list[Row]:
    """Rows of `ai_usage.sql`: the value, the class, and the sums of it."""
    rows = database.query(
        statement("ai_usage", spans=sql, value=value, class_=CLASS, wanted=COUNTED),
        {**found.params, **class_params(found.range), **params, "groups": GROUPS},
        settings=found.settings,
    ).rows
    return [(row[0], (row[1], row[2], row[3], row[4], row[5], row[6]), row[7:]) for row in rows]


def cost_of(of: Class, rest: Sequence[Any], prices: Prices) -> tuple[float | None, bool]:
    """What a class of calls cost, and whether its model has a price (or needs none)."""
    calls, _, input_, cached, written, output, _, told, _, at, sample, _ = rest
    if not input_ + output:
        return (told or None), True
    priced = prices.of(of, at_ns=at, input_tokens=sample)
    if priced is None:
        return (told or None), False
    return priced.of(calls if priced.call else 0, input_, cached, written, output), True


def _whole(database: Database, found: Calls) -> tuple[Sum, dict[tuple[str, str], Sum]]:
    """The total of calls and the unknown models, each call once."""
    total, unknown, prices = Sum(), dict[tuple[str, str], Sum](), Prices()
    for _, of, rest in _sums(database, found, found.sql, "''", {}):
        cost, is_known = cost_of(of, rest, prices)
        total.add(of[0], cost, rest)
        if not is_known:
            unknown.setdefault((of[0], of[1] or of[2]), Sum()).add(of[0], cost, rest)
    return total, unknown


def _unknown_models(unknown: dict[tuple[str, str], Sum]) -> list[UnknownModel]:
    ordered = sorted(unknown.items(), key=lambda each: (-sum(each[1].tokens), each[0]))
    return [
        {
            "provider": provider,
            "model": model,
            "calls": of.figures["calls"],
            "inputTokens": of.figures["inputTokens"],
            "outputTokens": of.figures["outputTokens"],
        }
        for (provider, model), of in ordered[:_UNKNOWN_SHOWN]
    ]
