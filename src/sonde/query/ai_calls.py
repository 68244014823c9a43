"""AI calls, each once: the part that all questions about them begin with, and the list of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import orjson

from sonde.errors import BadRequest
from sonde.query.ai_answers import AiCall, AiCallList
from sonde.query.ai_columns import marked
from sonde.query.ai_prices import CLASS, Price, Prices, class_params, price, price_data
from sonde.query.ai_repeats import NO_LINKS, nesting_of, repeated, suspects, undecided
from sonde.query.counts import ending_now
from sonde.query.exactness import reading
from sonde.query.rows import milliseconds
from sonde.query.search import Condition, Node, columns_of, condition
from sonde.query.statements import BY_KEY, INDEXES_FIRST, statement
from sonde.query.time import HOUR_NS, MAX_NS, MIN_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

Sort = Literal["newest", "slow", "failing", "truncated", "expensive"]
SORTS: tuple[Sort, ...] = get_args(Sort)

COUNTED = (
    "kind != 'tool' AND (kind = 'call' OR has_tokens) AND span_key NOT IN "
    "(SELECT toUInt64OrZero(arrayJoin(splitByChar(',', {repeated:String}))))"
)
"""The condition on a row of `ai_spans.sql` that it is counted. Keys are a text: long arrays are slow."""

TRUNCATED = "match(finish, '(?i)length|max_tokens|max_output|incomplete')"
"""The condition that the model stopped for want of tokens."""

_EVERYTHING = Condition("1", {})
_CLASSES = 100_000
# Whoever calls may have begun before the range and end after it.
_AROUND_NS = HOUR_NS
_OWN_COLUMNS = frozenset({"Component", "RunId", "ScopeName", "ServiceName", "SpanId", "Status", "TraceId"})


@dataclass(frozen=True, slots=True)
class Calls:
    """How to read the calls of a range of time: `sql` is selected from, and needs `params`."""

    sql: str
    params: Mapping[str, object]
    settings: Mapping[str, object]
    range: TimeRange
    exact: bool


def calls_that_match(database: Database, node: Node, range_: TimeRange) -> Calls:
    """The spans of AI calls in a range that match a search.

    Raises SearchSyntaxError: it names what spans do not have.
    """
    range_ = ending_now(range_)
    wanted = condition(node, "spans")
    if not columns_of(node, "spans") <= _OWN_COLUMNS:
        final = reading(database, range_).final
        sql = statement("ai_matching", final=final, marked=marked(), condition=wanted.sql)
        wanted = Condition(sql, wanted.params)
    return calls_in(database, wanted, range_)


def calls_in(database: Database, wanted: Condition, range_: TimeRange) -> Calls:
    """The spans of AI calls in a range; `wanted` is a condition on `ai_calls`."""
    range_ = ending_now(range_)
    how = reading(database, range_, "ai_calls")
    settings = {**how.settings, **INDEXES_FIRST}
    around = TimeRange(max(MIN_NS, range_.since_ns - _AROUND_NS), min(MAX_NS, range_.until_ns + _AROUND_NS))
    return Calls(
        _spans(wanted, how.final),
        {**wanted.params, **range_.params, "repeated": _repeated(database, around, settings)},
        settings,
        range_,
        how.exact,
    )


def _spans(wanted: Condition, final: str) -> str:
    return statement("ai_spans", final=final, condition=wanted.sql)


def _repeated(database: Database, range_: TimeRange, settings: Mapping[str, object]) -> str:
    """The keys of spans that tell a call again, with commas; of all, whatever is searched for."""
    # What came twice has the same place in its trace: no need to tell versions apart.
    table = database.query_arrow(
        statement("ai_nesting", spans=_spans(_EVERYTHING, "")), range_.params, settings=settings
    )
    suspected = suspects(nesting_of(table))
    if not len(suspected):
        return ""
    links = NO_LINKS
    if len(traces := undecided(suspected)):
        found = database.query_arrow(
            statement("ai_parents"),
            {**range_.params, "trace_keys": _joined(traces)},
            settings=INDEXES_FIRST,
        )
        links = (found.column(0).to_numpy(), found.column(1).to_numpy())
    return _joined(repeated(suspected, links))


def _joined(keys: Any) -> str:
    return ",".join(map(str, keys.tolist()))


def calls(database: Database, node: Node, range_: TimeRange, *, sort: Sort, limit: int) -> AiCallList:
    """Calls that match: the slowest, those that failed or were cut off (newest first), or the dearest.

    Raises:
        SearchSyntaxError: the search names what spans do not have.
        BadRequest: there is no such order.
    """
    if sort not in SORTS:
        raise BadRequest(f"cannot sort AI calls by {str(sort)[:40]!r}", hint=f"use one of {', '.join(SORTS)}")
    found = calls_that_match(database, node, range_)
    classes = _classes(database, found) if sort == "expensive" else {}
    keys = list(classes)
    order = {
        "newest": ("1", "at DESC"),
        "slow": ("1", "took DESC, at DESC"),
        "failing": ("failed", "at DESC"),
        "truncated": (TRUNCATED, "at DESC"),
        "expensive": (
            "has_tokens",
            "if(transform(class_key, {keys:Array(UInt64)}, {known:Array(Float64)}, 0.) = 0, told_cost, "
            + " + ".join(
                f"{tokens} * transform(class_key, {{keys:Array(UInt64)}}, {{{name}:Array(Float64)}}, 0.)"
                for name, tokens in (
                    ("c_call", "1"),
                    ("c_input", "toFloat64(input - cached - written)"),
                    ("c_cached", "cached"),
                    ("c_written", "written"),
                    ("c_output", "output"),
                )
            )
            + ") DESC, input + output DESC, at DESC",
        ),
    }
    wanted, by = order[sort]
    params: dict[str, object] = {**found.params, **class_params(found.range), "limit": limit}
    if keys:
        prices = [classes[key] for key in keys]
        params |= {
            "keys": keys,
            "known": [1.0] * len(keys),
            **{
                f"c_{name}": [getattr(each, name) for each in prices]
                for name in ("call", "input", "cached", "written", "output")
            },
        }
    elif sort == "expensive":
        by = "told_cost DESC, input + output DESC, at DESC"
    rows = database.query(
        statement("ai_calls", spans=found.sql, class_=CLASS, wanted=f"{COUNTED} AND {wanted}", order=by),
        params,
        settings=found.settings,
    ).rows
    prices = Prices()
    return {"calls": [call(row, prices) for row in rows], "prices": price_data(), "exact": found.exact}


def call(row: Sequence[Any], prices: Prices) -> AiCall:
    """The call in a row of `ai_calls.sql`."""
    (provider, model, asked, tier, epoch, clock, _, at, took, trace_id, span_id, failed) = row[:12]
    operation, tokens, told_cost, finish, first_token_s = row[12], row[13:18], *row[18:21]
    conversation, user, service, component, status, message, run_id, error_type, truncated = row[21:30]
    input_, cached, written, output, reasoning = tokens
    has_tokens = input_ + output > 0
    priced = (
        prices.of((provider, model, asked, tier, epoch, clock), at_ns=at, input_tokens=input_)
        if has_tokens
        else None
    )
    cost = priced.of(1, input_, cached, written, output) if priced else (told_cost or None)
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "startedAt": iso(at),
        "startUnixNs": str(at),
        "durationNs": took,
        "durationMs": milliseconds(took),
        "firstTokenMs": float(first_token_s) * 1000 if _is_number(first_token_s) else None,
        "status": "error" if failed else "success" if status in ("", "unset") else status,
        "message": message,
        "errorType": error_type,
        "operation": operation,
        "provider": provider,
        "model": model,
        "service": service,
        "component": component,
        "sessionId": conversation,
        "userId": user,
        "runId": run_id,
        "finish": _reasons(finish),
        "truncated": bool(truncated),
        "inputTokens": input_,
        "cachedTokens": cached,
        "cacheWriteTokens": written,
        "outputTokens": output,
        "reasoningTokens": reasoning,
        "costUsd": cost,
    }


def cost_of_span(database: Database, trace_id: str, span_id: str, at_ns: int) -> float | None:
    """What a span's AI call cost in US dollars; None where it is none, still runs, or has no price.

    Args:
        database: the tenant's.
        trace_id: as it is stored.
        span_id: as it is stored.
        at_ns: when the span began.
    """
    own = Condition(
        "TraceId = {trace_id:String} AND SpanId = {span_id:String}",
        {"trace_id": trace_id, "span_id": span_id},
    )
    range_ = TimeRange(at_ns, at_ns + 1)
    counted = "kind != 'tool' AND (kind = 'call' OR has_tokens)"
    rows = database.query(
        statement("ai_calls", spans=_spans(own, "FINAL"), class_=CLASS, wanted=counted, order="at"),
        {**own.params, **range_.params, **class_params(range_), "limit": 1},
        settings=BY_KEY,
    ).rows
    return call(rows[0], Prices())["costUsd"] if rows else None


def _reasons(text: str) -> str:
    """Why it stopped; several reasons come as a list in JSON."""
    try:
        read = orjson.loads(text) if text.startswith("[") else text
    except ValueError:
        return text
    return ", ".join(map(str, read)) if isinstance(read, list) else text


def _is_number(text: str) -> bool:
    try:
        return 0 <= float(text) < 10**9
    except ValueError:
        return False


def _classes(database: Database, found: Calls) -> dict[int, Price]:
    """The prices of the classes of calls there are, by their key; of those that have one."""
    rows = database.query(
        statement("ai_classes", spans=found.sql, class_=CLASS, wanted=COUNTED),
        {**found.params, **class_params(found.range), "limit": _CLASSES},
        settings=found.settings,
    ).rows
    known: dict[int, Price] = {}
    for provider, model, asked, tier, epoch, clock, key, at, input_ in rows:
        priced = price((provider, model, asked, tier, epoch, clock), at_ns=at, input_tokens=input_)
        if priced is not None:
            known[key] = priced
    return known
