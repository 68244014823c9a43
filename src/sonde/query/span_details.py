"""One span of a trace, whole, and what points to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sonde.ai_names import MARKS, NAMES
from sonde.errors import NotFound
from sonde.query.ai_calls import cost_of_span
from sonde.query.answers import TreeSpan
from sonde.query.rows import SPAN_COLUMNS, span
from sonde.query.skeleton import span_id_text
from sonde.query.statements import statement
from sonde.query.time import DAY_NS, HOUR_NS, MAX_NS, MIN_NS, iso
from sonde.query.trace_answers import LinkingSpan, SpanDetails
from sonde.query.trace_cache import CachedTrace, log_counts
from sonde.query.tree_page import ANCESTORS

if TYPE_CHECKING:
    from sonde.store import Database

LINKING_SPANS = 20
# A second or so of reading ids of links; beyond that, what was found so far is what there is.
_BOUNDED = {"max_rows_to_read": 20_000_000, "read_overflow_mode": "break"}


def details(database: Database, entry: CachedTrace, span_id: int) -> SpanDetails:
    """The span with this id. Raises NotFound when it is not in the trace."""
    trace = entry.skeleton
    place = trace.place_of(span_id)
    start_ns = trace.start_ns + int(trace.starts[place])
    own = {"trace_id": trace.trace_id, "span_id": span_id_text(span_id)}
    rows = database.query(statement("trace_span", columns=SPAN_COLUMNS), {**own, "at": start_ns}).rows
    if not rows:
        raise NotFound(f"no span {span_id_text(span_id)} in trace {trace.trace_id} any more")
    in_tree = cast(TreeSpan, span(rows[0]))
    in_tree["depth"] = int(trace.depths[place])
    in_tree["childCount"] = int(trace.children[place])
    in_tree["orphan"] = bool(trace.parents[place] < 0 and trace.parent_ids[place] != 0)
    return {
        **in_tree,
        "startNs": int(trace.starts[place]),
        "selfNs": int(trace.self_ns[place]),
        "logCount": int(log_counts(database, entry).of_spans[place]),
        "costUsd": _cost(database, in_tree, start_ns),
        "linkedFrom": _linked_from(database, own, start_ns),
        "ancestors": [
            {
                "spanId": span_id_text(int(trace.ids[above])),
                "operation": trace.operation[above],
                "service": trace.service[above],
            }
            for above in trace.path(place)[-ANCESTORS:]
        ],
    }


def _cost(database: Database, own: TreeSpan, start_ns: int) -> float | None:
    if not any(name in own["attributes"] for mark in MARKS for name in NAMES[mark]):
        return None
    return cost_of_span(database, own["traceId"], own["spanId"], start_ns)


def _linked_from(database: Database, own: dict[str, str], start_ns: int) -> list[LinkingSpan]:
    params: dict[str, object] = {
        **own,
        "since": max(MIN_NS, start_ns - HOUR_NS),
        "until": min(MAX_NS, start_ns + DAY_NS),
        "limit": LINKING_SPANS,
    }
    rows = database.query(statement("trace_linked_from"), params, settings=_BOUNDED).rows
    return [
        {
            "traceId": trace_id,
            "spanId": span_id,
            "service": service,
            "operation": operation,
            "startedAt": iso(at_ns),
        }
        for trace_id, span_id, service, operation, at_ns in rows
    ]
