"""Services and their operations: how many spans, how many failed, how long they took."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sonde.query.answers import Operation, OperationList, Service, ServiceList
from sonde.query.exactness import reading
from sonde.query.search import Node, condition
from sonde.query.statements import statement
from sonde.query.time import TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database


def services(database: Database, node: Node, range_: TimeRange, *, limit: int) -> ServiceList:
    """The services with a span that matches and began in the range, by name."""
    wanted = condition(node, "spans")
    how = reading(database, range_)
    rows = database.query(
        statement("services", condition=wanted.sql, final=how.final),
        {**wanted.params, **range_.params, "limit": limit},
        settings=how.settings,
    ).rows
    return {"services": [service_of(row) for row in rows], "exact": how.exact}


def operations(database: Database, node: Node, range_: TimeRange, *, limit: int) -> OperationList:
    """The operations with a span that matches and began in the range, the most frequent first."""
    wanted = condition(node, "spans")
    how = reading(database, range_)
    rows = database.query(
        statement("operations", condition=wanted.sql, final=how.final),
        {**wanted.params, **range_.params, "limit": limit},
        settings=how.settings,
    ).rows
    found: list[Operation] = [
        {**service_of(row), "operation": row[6], "kind": row[7], "maxMs": row[8] / 10**6 if row[1] else None}
        for row in rows
    ]
    return {"operations": found, "exact": how.exact}


def service_of(row: tuple[Any, ...]) -> Service:
    """Of a row: service, spans, errors, open spans, quantiles in nanoseconds, last start."""
    service, spans, errors, running, quantiles_ns, last_ns = row[:6]
    p50, p95, p99 = (None if math.isnan(each) or not spans else each / 10**6 for each in quantiles_ns)
    return {
        "service": service,
        "spanCount": round(spans) + running,
        "errorCount": round(errors),
        "errorRate": errors / (spans + running) if spans or running else 0.0,
        "openCount": running,
        "p50Ms": p50,
        "p95Ms": p95,
        "p99Ms": p99,
        "lastSeen": iso(last_ns),
    }
