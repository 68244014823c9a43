"""A run of which no span is stored: what its links, logs and events tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sonde import semconv
from sonde.query.rows import milliseconds
from sonde.query.run_answers import RunSummary
from sonde.query.statements import INDEXES_FIRST, statement
from sonde.query.time import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sonde.store import Database

UNKNOWN: Final = "unknown"
"""How such a run went: nothing says so."""


def summary(database: Database, run_id: str, entity_counts: Mapping[str, int]) -> RunSummary | None:
    """What is known of it, without attempts and spans; None where nothing bears its id."""
    first_ns, last_ns, url, job, services, trace_ids, traces, count = database.query(
        statement("run_without_spans"),
        {
            "run_id": run_id,
            "url": semconv.RUN_URL,
            "job": semconv.RUN_JOB,
            "touched": semconv.ENTITY_EVENT,
        },
        settings=INDEXES_FIRST,
    ).one()
    if not count:
        return None
    took_ns = max(0, last_ns - first_ns)
    return {
        "runId": run_id,
        "job": job,
        "url": url.replace("{run_id}", quote(run_id, safe="")),
        "status": UNKNOWN,
        "startedAt": iso(first_ns),
        "startUnixNs": str(first_ns),
        "endedAt": iso(last_ns),
        "durationNs": took_ns,
        "durationMs": milliseconds(took_ns),
        "attempts": 0,
        "spanCount": 0,
        "errorCount": 0,
        "services": services,
        "traceIds": trace_ids,
        "traceCount": traces,
        "entityCounts": dict(entity_counts),
        "message": "",
    }
