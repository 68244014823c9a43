"""Spans that match a search, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sonde.query import cursors
from sonde.query.answers import Span, SpanPage
from sonde.query.cursors import Cursor
from sonde.query.rows import SPAN_COLUMNS, SPAN_WIDTH, span
from sonde.query.search import Condition, Node, condition
from sonde.query.statements import statement
from sonde.query.time import HOUR_NS, MAX_NS, MIN_NS, TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

_KEY = (int, str, str)
# Superseded versions among what was read are replaced by reading a little more than a page.
_SPARE = 16
_KEYS_PER_READ = 1000

_Key = tuple[int, str, str]


def search(
    database: Database,
    node: Node,
    range_: TimeRange,
    *,
    limit: int,
    cursor: str | None = None,
    question: str = "",
) -> SpanPage:
    """A page of the spans that match.

    Args:
        database: the tenant's.
        node: the search, from `search.parse`.
        range_: when the spans began; a cursor brings its own.
        limit: most spans of the page.
        cursor: `nextCursor` of the page before.
        question: everything of the request that a cursor is bound to.

    Raises:
        SearchSyntaxError: the search names what spans do not have.
        BadRequest: the cursor is not one of this question.
    """
    after: _Key | None = None
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_, after = found.range, (int(found.key[0]), str(found.key[1]), str(found.key[2]))
    wanted = condition(node, "spans")
    spans: list[Span] = []
    last: _Key | None = None
    chunk = limit + 1 + _SPARE
    while True:
        keys = _keys(database, wanted, range_, after, chunk)
        for key, each in _winners(database, wanted, keys):
            if len(spans) == limit:
                return {
                    "spans": spans,
                    "nextCursor": cursors.encode(Cursor(range_, last or ()), question),
                }
            spans.append(each)
            last = key
        if len(keys) < chunk:
            return {"spans": spans, "nextCursor": None}
        after = keys[-1]


def _keys(
    database: Database, wanted: Condition, range_: TimeRange, after: _Key | None, limit: int
) -> list[_Key]:
    """Keys of rows that match, newest first; a span may be there in several versions."""
    at, trace_id, span_id = after or (MAX_NS, "", "")
    rows = database.query(
        statement("spans_keys", condition=wanted.sql),
        {
            **wanted.params,
            **range_.params,
            "after": 0 if after is None else 1,
            "at": at,
            "trace_id": trace_id,
            "span_id": span_id,
            "limit": limit,
        },
    ).rows
    return [(row[0], row[1], row[2]) for row in rows]


def _winners(database: Database, wanted: Condition, keys: list[_Key]) -> list[tuple[_Key, Span]]:
    """The newest versions of these spans, in this order, of those that match."""
    newest: dict[tuple[str, str], tuple[Any, ...]] = {}
    distinct = list(dict.fromkeys(keys))
    for start in range(0, len(distinct), _KEYS_PER_READ):
        batch = distinct[start : start + _KEYS_PER_READ]
        times = [key[0] for key in batch]
        rows = database.query(
            statement("spans_by_key", columns=SPAN_COLUMNS, condition=wanted.sql),
            {
                **wanted.params,
                "first": max(MIN_NS, min(times) - HOUR_NS),
                "last": min(MAX_NS, max(times) + HOUR_NS),
                "trace_ids": sorted({key[1] for key in batch}),
                "span_ids": sorted({key[2] for key in batch}),
            },
        ).rows
        for row in rows:
            identity = (row[1], row[2])
            if identity not in newest or newest[identity][SPAN_WIDTH] < row[SPAN_WIDTH]:
                newest[identity] = row
    found: list[tuple[_Key, Span]] = []
    for key in distinct:
        row = newest.get((key[1], key[2]))
        if row is not None and row[0] == key[0] and row[SPAN_WIDTH + 1]:
            found.append((key, span(row)))
    return found
