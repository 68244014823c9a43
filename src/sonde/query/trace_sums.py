"""What a trace is, summed up from what each segment brought of it (the column `Facts`), where that is exact.

It is not where a span may be there twice: in two segments that have a span in common by their sketches, or in
rows without facts. Then the spans must be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sonde.query.time import SECOND_NS

_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Sum:
    """A trace, or what one segment brought of it. Service, operation and status are its root's; if it has
    none, those of its first span."""

    first_ns: int
    end_ns: int
    spans: int
    errors: int
    is_open: bool
    root_ns: int | None
    service: str
    operation: str
    status: str
    services: frozenset[str]


def summed(rows: Iterable[tuple[int, str, int]]) -> Sum | None:
    """The sum of a trace's rows: `Start` (Unix seconds), `Facts`, `SpanSketch`; None if it is not exact."""
    total: Sum | None = None
    seen = 0
    for start_s, facts, sketch in rows:
        if not facts or seen & sketch:
            return None
        seen |= sketch
        part = _parsed(start_s, facts)
        total = _together(total, part) if total else part
    return total


def _parsed(start_s: int, facts: str) -> Sum:
    """What one segment brought; see otel_traces_trace_id_ts.sql."""
    after, length, spans, errors, is_open, root_after, service, operation, status, *services = facts.split(
        _SEPARATOR
    )
    first_ns = start_s * SECOND_NS + int(after)
    return Sum(
        first_ns=first_ns,
        end_ns=first_ns + int(length),
        spans=int(spans),
        errors=int(errors),
        is_open=is_open == "1",
        root_ns=first_ns + int(root_after) if root_after else None,
        service=service,
        operation=operation,
        status=status,
        services=frozenset(services),
    )


def _together(one: Sum, other: Sum) -> Sum:
    named = min(one, other, key=_naming_order)
    return Sum(
        first_ns=min(one.first_ns, other.first_ns),
        end_ns=max(one.end_ns, other.end_ns),
        spans=one.spans + other.spans,
        errors=one.errors + other.errors,
        is_open=one.is_open or other.is_open,
        root_ns=named.root_ns,
        service=named.service,
        operation=named.operation,
        status=named.status,
        services=one.services | other.services,
    )


def _naming_order(part: Sum) -> tuple[bool, int]:
    """The earliest root names a trace, without any the earliest span."""
    return (True, part.first_ns) if part.root_ns is None else (False, part.root_ns)
