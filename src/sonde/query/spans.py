"""Spans that match a search, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sonde.query import cursors
from sonde.query.answers import Span, SpanPage
from sonde.query.cursors import Cursor
from sonde.query.rows import SPAN_COLUMNS, SPAN_WIDTH, span
from sonde.query.search import Condition, Node, condition
from sonde.query.statements import INDEXES_FIRST, statement
from sonde.query.time import HOUR_NS, MAX_NS, MIN_NS, TimeRange
from sonde.query.trace_sources import NOT_LAZY

if TYPE_CHECKING:
    from sonde.store import Database

_KEY = (int, str, str)
# Superseded versions among what was read are replaced by reading a little more than a page.
_SPARE = 16
_KEYS_PER_READ = 1000
_SETTINGS = {**NOT_LAZY, **INDEXES_FIRST}

_Key = tuple[int, str, str]

# No id is greater than "~".
_TOP: _Key = (MAX_NS, "~", "~")


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
    after = _TOP
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_, after = found.range, (int(found.key[0]), str(found.key[1]), str(found.key[2]))
    wanted = condition(node, "spans")
    spans: list[Span] = []
    last = after
    for keys in _keys(database, wanted, range_, after, limit + 1 + _SPARE):
        for key, each in _winners(database, wanted, keys):
            if len(spans) == limit:
                return {"spans": spans, "nextCursor": cursors.encode(Cursor(range_, last), question)}
            spans.append(each)
            last = key
    return {"spans": spans, "nextCursor": None}


def _keys(
    database: Database, wanted: Condition, range_: TimeRange, after: _Key, chunk: int
) -> Iterator[list[_Key]]:
    """Keys after this one of rows that match, the newest first; a span may be there in several versions."""
    last_ns = after[0]
    while True:
        params = {**wanted.params, **range_.params, "last": last_ns, "limit": chunk}
        sql = statement("spans_keys", condition=wanted.sql)
        read: list[_Key] = [(r[0], r[1], r[2]) for r in database.query(sql, params, settings=_SETTINGS).rows]
        if len(read) < chunk:
            yield sorted((key for key in read if key < after), reverse=True)
            return
        # Of the instant of the last row there may be more.
        oldest_ns = read[-1][0]
        if read[0][0] > oldest_ns:
            yield sorted((key for key in read if oldest_ns < key[0] and key < after), reverse=True)
            last_ns = oldest_ns
        else:
            yield from _keys_at(database, wanted, oldest_ns, after, chunk)
            if oldest_ns == range_.since_ns:
                return
            last_ns = oldest_ns - 1


def _keys_at(
    database: Database, wanted: Condition, at_ns: int, after: _Key, chunk: int
) -> Iterator[list[_Key]]:
    """Keys after this one of the rows of one instant that match."""
    after = after if after[0] == at_ns else (at_ns, "~", "~")
    while True:
        params = {**wanted.params, "at": at_ns, "trace_id": after[1], "span_id": after[2], "limit": chunk}
        rows = database.query(statement("spans_keys_at", condition=wanted.sql), params).rows
        yield [(row[0], row[1], row[2]) for row in rows]
        if len(rows) < chunk:
            return
        after = rows[-1][0], rows[-1][1], rows[-1][2]


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
        # A version that began at another time is listed there.
        if row is not None and row[0] == key[0] and row[SPAN_WIDTH + 1]:
            found.append((key, span(row)))
    return found
