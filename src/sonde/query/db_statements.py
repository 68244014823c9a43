"""Database statements, those that took most time in all first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sonde.query.exactness import reading
from sonde.query.sampling import Blocks, rows_to_read
from sonde.query.search import Node, condition
from sonde.query.statement_answers import DatabaseStatement, DatabaseStatements
from sonde.query.statements import statement
from sonde.query.time import TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

MAX_LENGTH = 4_000
"""Characters of a statement that are read."""

EXACT_ROWS = 250_000
"""Rows whose attributes are read; above it, blocks of about as many."""


def statements(database: Database, node: Node, range_: TimeRange, *, limit: int) -> DatabaseStatements:
    """The statements of the spans that match and ended, in a sample where there are many.

    Raises SearchSyntaxError: the search names what spans do not have.
    """
    wanted = condition(node, "spans")
    how = reading(database, range_)
    to_read = rows_to_read(database, "otel_traces", "Timestamp", wanted, range_)
    blocks = Blocks(max(1, to_read // EXACT_ROWS))
    rows = database.query(
        statement(
            "db_statements",
            condition=wanted.sql,
            # A part of the versions of a span is no sample of its newest.
            final=how.final if blocks.stride == 1 else "",
            sample=blocks.sql,
        ),
        {**wanted.params, **range_.params, **blocks.params, "length": MAX_LENGTH, "limit": limit},
        settings=how.settings,
    ).rows
    return {
        "statements": [_statement(row, blocks.stride) for row in rows],
        "sampled": blocks.stride > 1,
        "exact": how.exact,
    }


def _statement(row: tuple[Any, ...], scale: int) -> DatabaseStatement:
    system, text, service, executions, errors, total_ns, quantiles_ns, longest_ns, trace_id, span_id = row
    return {
        "system": system,
        "text": text,
        "service": service,
        "count": round(executions * scale),
        "errorCount": round(errors * scale),
        "totalMs": total_ns * scale / 10**6,
        "p50Ms": quantiles_ns[0] / 10**6,
        "p95Ms": quantiles_ns[1] / 10**6,
        "maxMs": longest_ns / 10**6,
        "slowestTraceId": trace_id,
        "slowestSpanId": span_id,
    }
