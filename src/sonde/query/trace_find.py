"""The spans of a trace that a search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sonde.query.depth_first import Array
from sonde.query.search import Node, condition
from sonde.query.search.regex import from_wildcards
from sonde.query.search.tree import And, Equals, Exists, Not, Or, Pattern, Regex, Term
from sonde.query.skeleton import span_id_text
from sonde.query.statements import statement
from sonde.query.trace_answers import TraceMatches
from sonde.query.trace_cache import CachedTrace

if TYPE_CHECKING:
    from sonde.store import Database


def find(database: Database, entry: CachedTrace, node: Node, limit: int) -> TraceMatches:
    """The first matches, depth first. Raises SearchSyntaxError."""
    trace = entry.skeleton
    places = np.flatnonzero(matching(database, entry, node))
    first = places[:limit]
    return {
        "total": len(places),
        "matches": [
            {"spanId": span_id_text(span), "index": place}
            for span, place in zip(trace.ids[first].tolist(), first.tolist(), strict=True)
        ],
    }


def matching(database: Database, entry: CachedTrace, node: Node) -> Array:
    """Of each span, whether its newest version matches. Raises SearchSyntaxError."""
    trace = entry.skeleton
    wanted = condition(_with_names(node), "spans")

    def look() -> tuple[Array, int]:
        table = database.query_arrow(
            statement("trace_find", condition=wanted.sql), {**wanted.params, **entry.params}
        )
        found = np.zeros(len(trace), np.bool_)
        places = trace.places(table.column("id").to_numpy())
        newest = trace.versions[places] == table.column("version").to_numpy()
        found[places[newest & (places >= 0)]] = True
        return found, found.nbytes

    return entry.made(f"find {node!r}", look)


def _with_names(node: Node) -> Node:
    """The search, its words looked for in names of services and components too: a row shows these."""
    match node:
        case And(children):
            return And(tuple(map(_with_names, children)))
        case Or(children):
            return Or(tuple(map(_with_names, children)))
        case Not(child):
            return Not(_with_names(child))
        case Term(None, match, position) if not isinstance(match, Exists):
            if isinstance(match, Equals):
                match = Pattern((match.value,))
            if isinstance(match, Pattern):
                match = Regex(from_wildcards(match, whole=False, any_case=True))
            names = (Term(key, match, position) for key in ("service", "component"))
            return Or((node, *names))
        case Term():
            return node
