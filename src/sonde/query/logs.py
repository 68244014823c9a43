"""Log records that match a search, newest first. An event is a log record with an event name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sonde.query import cursors
from sonde.query.answers import Log
from sonde.query.cursors import Cursor
from sonde.query.rows import LOG_COLUMNS, log
from sonde.query.search import Node, condition
from sonde.query.search.tree import And, Equals, Exists, Term
from sonde.query.statements import statement
from sonde.query.time import TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

_KEY = (int, int, int)
_RESUME = """
    AND Timestamp <= fromUnixTimestamp64Nano({at:Int64})
    AND (Timestamp, Segment, Ordinal)
        < (fromUnixTimestamp64Nano({at:Int64}), {segment:UInt64}, {ordinal:UInt32})
"""


def search(
    database: Database,
    node: Node,
    range_: TimeRange,
    *,
    limit: int,
    cursor: str | None = None,
    question: str = "",
) -> tuple[list[Log], str | None]:
    """A page of the log records that match, and the cursor of the next one.

    Args:
        database: the tenant's.
        node: the search, from `search.parse`; see `of` for those of a trace, span or with an event name.
        range_: when they happened; a cursor brings its own.
        limit: most records of the page.
        cursor: the cursor of the page before.
        question: everything of the request that a cursor is bound to.

    Raises:
        SearchSyntaxError: the search names what logs do not have.
        BadRequest: the cursor is not one of this question.
    """
    after: dict[str, object] = {}
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_ = found.range
        after = dict(zip(("at", "segment", "ordinal"), found.key, strict=True))
    wanted = condition(node, "logs")
    rows = database.query(
        statement("logs", columns=LOG_COLUMNS, condition=wanted.sql, resume=_RESUME if after else ""),
        {**wanted.params, **range_.params, **after, "limit": limit + 1},
    ).rows
    records = [log(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return records, None
    last = rows[limit - 1]
    return records, cursors.encode(Cursor(range_, (last[0], last[-2], last[-1])), question)


def of(node: Node, *, trace_id: str = "", span_id: str = "", events: bool = False) -> Node:
    """The search, narrowed to a trace, a span, or to events."""
    terms = [Term(key, Equals(value), 0) for key, value in (("trace", trace_id), ("span", span_id)) if value]
    if events:
        terms.append(Term("event", Exists(), 0))
    return And((*terms, node)) if terms else node
