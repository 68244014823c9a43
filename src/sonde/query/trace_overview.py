"""A trace at a glance: figures, services, critical path and a small picture, never its spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson

from sonde import semconv
from sonde.query.ai_columns import conversation, marked
from sonde.query.depth_first import Array
from sonde.query.rows import milliseconds
from sonde.query.skeleton import Skeleton, span_id_text
from sonde.query.statements import statement
from sonde.query.time import iso
from sonde.query.trace import trace_status
from sonde.query.trace_answers import (
    CriticalSection,
    MinimapSpan,
    TraceEntity,
    TraceOverview,
    TraceRun,
    TraceService,
)
from sonde.query.trace_cache import CachedTrace, log_counts

if TYPE_CHECKING:
    from sonde.store import Database

MINIMAP_SPANS = 500
CRITICAL_SECTIONS = 1000
LEVELS = 1000
IDS = 100


def overview(database: Database, entry: CachedTrace) -> TraceOverview:
    """The trace without its spans."""
    trace = entry.skeleton
    first = trace.root if trace.root is not None else 0
    errors = int(trace.errors.sum())
    is_open = int(trace.open.sum())
    services, service_index = _services(trace)
    critical, omitted = _critical(trace)
    count = len(trace)
    if entry.truncated:
        count = int(database.query(statement("trace_count"), entry.params).one()[0])
    entities, runs, conversations = entry.made("mentioned", lambda: (_mentioned(database, entry), 100_000))
    return {
        "traceId": trace.trace_id,
        "version": trace.version,
        "rootService": trace.service[first],
        "rootOperation": trace.operation[first],
        "startedAt": iso(trace.start_ns),
        "startUnixNs": str(trace.start_ns),
        "durationNs": trace.end_ns,
        "durationMs": milliseconds(trace.end_ns),
        "spanCount": count,
        "errorCount": errors,
        "openCount": is_open,
        "status": trace_status(trace.status[first] if trace.root is not None else "unset", errors),
        "isOpen": is_open > 0,
        "missingRoot": trace.root is None,
        "truncated": count > len(trace),
        "maxDepth": int(trace.depths.max()),
        "levels": np.bincount(trace.depths)[:LEVELS].tolist(),
        "services": services,
        "criticalPath": critical,
        "criticalOmitted": omitted,
        "minimap": _minimap(trace, service_index),
        "logCount": log_counts(database, entry).total,
        "entities": entities,
        "runs": runs,
        "orchestrationIds": sorted(trace.mentioned.orchestrations)[:IDS],
        "correlationIds": sorted(trace.mentioned.correlations)[:IDS],
        "sessionIds": sorted(trace.mentioned.sessions)[:IDS],
        "conversationIds": conversations,
        "triggerEvents": sorted(trace.mentioned.triggers)[:IDS],
        "lastReceivedAt": iso(trace.received_ms * 10**6),
    }


def _services(trace: Skeleton) -> tuple[list[TraceService], Array]:
    """The services, those that did most first; and of each code of theirs, which of these it is."""
    codes, values = trace.service.codes, trace.service.values
    spans = np.bincount(codes, minlength=len(values))
    errors = np.bincount(codes[trace.errors], minlength=len(values))
    own = np.zeros(len(values), np.int64)
    np.add.at(own, codes, trace.self_ns)
    order = [code for code in np.lexsort((np.arange(len(values)), -own)).tolist() if spans[code]]
    index = np.zeros(len(values), np.int32)
    index[order] = np.arange(len(order))
    return [
        {
            "service": values[code],
            "spanCount": int(spans[code]),
            "errorCount": int(errors[code]),
            "selfNs": int(own[code]),
        }
        for code in order
    ], index


def _critical(trace: Skeleton) -> tuple[list[CriticalSection], int]:
    """The longest sections in order of time, and how many are left out."""
    _, places, from_ns, to_ns = trace.critical
    chosen = np.argsort(from_ns - to_ns, kind="stable")[:CRITICAL_SECTIONS]
    chosen = chosen[np.argsort(from_ns[chosen], kind="stable")]
    return [
        {"spanId": span_id_text(span), "fromNs": start, "toNs": end}
        for span, start, end in zip(
            trace.ids[places[chosen]].tolist(), from_ns[chosen].tolist(), to_ns[chosen].tolist(), strict=True
        )
    ], len(places) - len(chosen)


def _minimap(trace: Skeleton, service_index: Array) -> list[MinimapSpan]:
    """One span of each of 500 equal stretches of rows: one that failed before one on the critical path before
    the longest."""
    count = len(trace)
    critical = trace.critical_ns > 0
    places = np.arange(count)
    if count > MINIMAP_SPANS:
        stretch = places * MINIMAP_SPANS // count
        best = np.lexsort((trace.starts - trace.ends, ~critical, ~trace.errors, stretch))
        places = best[np.append(True, np.diff(stretch[best]) != 0)]
    return [
        {"row": row, "fromNs": start, "toNs": end, "service": service, "error": error, "critical": on_path}
        for row, start, end, service, error, on_path in zip(
            places.tolist(),
            trace.starts[places].tolist(),
            trace.ends[places].tolist(),
            service_index[trace.service.codes[places]].tolist(),
            trace.errors[places].tolist(),
            critical[places].tolist(),
            strict=True,
        )
    ]


def _mentioned(database: Database, entry: CachedTrace) -> tuple[list[TraceEntity], list[TraceRun], list[str]]:
    params = {**entry.params, "limit": IDS}
    found = database.query(statement("trace_entities"), {**params, "prefix": semconv.ENTITY_PREFIX}).rows
    counts: dict[tuple[str, str], int] = {}
    for key, value, spans in found:
        kind = key.removeprefix(semconv.ENTITY_PREFIX)
        for entity_id in entity_ids(value):
            counts[kind, entity_id] = counts.get((kind, entity_id), 0) + spans
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:IDS]
    entities: list[TraceEntity] = [
        {"type": kind, "id": entity_id, "spanCount": count} for (kind, entity_id), count in ordered
    ]
    talked = statement("trace_conversations", conversation=conversation(), marked=marked())
    conversations = [str(row[0]) for row in database.query(talked, params).rows]
    if not entry.skeleton.mentioned.runs:
        return entities, [], conversations
    rows = database.query(
        statement("trace_runs"), {**params, "url": semconv.RUN_URL, "job": semconv.RUN_JOB}
    ).rows
    return entities, [{"runId": run, "url": url, "job": job} for run, url, job in rows], conversations


def entity_ids(value: str) -> list[str]:
    """The ids in the value of an entity: one, or a list as JSON."""
    if value.startswith("["):
        try:
            return [str(each) for each in orjson.loads(value)]
        except orjson.JSONDecodeError:
            pass
    return [value]
