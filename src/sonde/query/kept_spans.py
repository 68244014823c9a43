"""What sampling kept, and why: by component and operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sonde.query.exactness import reading
from sonde.query.kept_answers import KeptOperation, KeptSpans
from sonde.query.search import Node, condition
from sonde.query.statements import statement
from sonde.query.time import TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

REASONS = ("ratio", "forced", "error", "slow", "unsampled")
"""Why a span is stored: what `sonde.kept` says, or that nothing was sampled."""


MOST = 100_000
"""Operations that are looked at."""


def kept_spans(
    database: Database, node: Node, range_: TimeRange, *, reasons: Sequence[str] = (), limit: int
) -> KeptSpans:
    """The operations with a span that matches and began in the range.

    Args:
        database: the tenant's.
        node: the search, from `search.parse`.
        range_: when the spans began.
        reasons: only operations of which a span was kept for one of these; empty: any.
        limit: most operations.

    Raises SearchSyntaxError: the search names what spans do not have.
    """
    wanted = condition(node, "spans")
    how = reading(database, range_)
    rows = database.query(
        statement("kept_spans", condition=wanted.sql, final=how.final),
        {**wanted.params, **range_.params, "most": MOST},
        settings=how.settings,
    ).rows
    places = [4 + REASONS.index(each) for each in reasons]
    rows = [row for row in rows if not places or any(row[place] for place in places)]
    total = None
    if rows:
        sums = [sum(row[place] for row in rows) for place in range(2, 9)]
        total = _operation(("", "", *sums, max(row[9] for row in rows)))
    return {
        "operations": [_operation(row) for row in rows[:limit]],
        "operationCount": len(rows),
        "total": total,
        "exact": how.exact,
    }


def _operation(row: Sequence[Any]) -> KeptOperation:
    component, operation, stored, weight, ratio, forced, error, slow, unsampled, last_ns = row
    return {
        "component": component,
        "operation": operation,
        "stored": stored,
        "happened": round(weight),
        "share": stored / weight if weight else 1.0,
        "weight": weight / stored if stored else 1.0,
        "kept": {"ratio": ratio, "forced": forced, "error": error, "slow": slow, "unsampled": unsampled},
        "alwaysKept": stored > 0 and forced == stored,
        "lastSeen": iso(last_ns),
    }
