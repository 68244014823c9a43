"""Orchestrations of few spans and events, for tests of their list and of the timeline of one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.unit.query.otlp import MS, SECOND, S, request, trace_id

from sonde.store import Database
from sonde.testing import EPOCH_NS, attributes, insert


@dataclass(frozen=True)
class E:
    """An event: `at` in nanoseconds after EPOCH_NS."""

    name: str
    at: int
    component: str = "orchestrator"
    phase: str = ""
    of: str = "orc_1"
    severity: int = 9
    message: str = ""
    trace: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])


def events(told: Iterable[E]) -> ExportLogsServiceRequest:
    made = ExportLogsServiceRequest()
    for each in told:
        resource = made.resource_logs.add()
        resource.resource.attributes.extend(attributes({"service.name": "shop"}))
        record = resource.scope_logs.add().log_records.add(
            time_unix_nano=EPOCH_NS + each.at, event_name=each.name, trace_id=each.trace.to_bytes(16)
        )
        record.severity_number = each.severity  # pyright: ignore[reportAttributeAccessIssue]
        record.body.string_value = each.message
        own = {"sonde.orchestration.id": each.of, "sonde.component": each.component, **each.attributes}
        if each.phase:
            own["sonde.phase"] = each.phase
        record.attributes.extend(attributes(dict(own)))
    return made


def of(
    trace: int, id: int, phase: str = "", component: str = "orchestrator", *, of: str = "orc_1", **how: Any
) -> S:
    """A span of an orchestration."""
    said = {"sonde.orchestration.id": of, "sonde.component": component}
    return S(trace, id, attributes=said | ({"sonde.phase": phase} if phase else {}), **how)


def transition(at: int, before: str, after: str, **more: str) -> E:
    said = {"sonde.from": before, "sonde.to": after, **more}
    return E("state.transition", at, phase=after if not more else "build", attributes=said)


def store_one(database: Database) -> None:
    """orc_1: an orchestrator from plan to done, a daemon beside it, a verifier that finds a difference."""
    insert(
        database,
        request(
            [
                of(1, 1, "plan", length=10 * SECOND, name="orchestration"),
                of(1, 2, "plan", parent=1, at=SECOND, length=500 * MS, name="orchestrate.next"),
                of(1, 3, "build", parent=1, at=3 * SECOND, length=SECOND, name="advance", error=True),
                of(1, 4, "build", parent=1, at=5 * SECOND, length=SECOND, name="advance"),
                of(2, 5, "build", "daemon", at=3 * SECOND, length=2 * SECOND, name="sync_all"),
                of(2, 6, "build", "daemon", parent=5, at=3500 * MS, length=SECOND, name="sync_tasks"),
                of(3, 7, "verify", "verifier", at=11 * SECOND, length=2 * SECOND, name="verify.compare"),
                S(4, 9, name="not of it"),
            ]
        ),
    )
    insert(
        database,
        events(
            [
                transition(2 * SECOND, "plan", "build"),
                transition(5 * SECOND, "todo", "doing", **{"sonde.subject": "task_1"}),
                transition(10 * SECOND, "build", "done"),
                E(
                    "projection.skip",
                    4 * SECOND,
                    "daemon",
                    "build",
                    attributes={
                        "sonde.reason": "unchanged",
                        "sonde.status": "skipped",
                        "sonde.subject": "task_2",
                    },
                ),
                E("orchestrate.error", 3900 * MS, phase="build", severity=17, message="killed"),
                E("heartbeat", 6 * SECOND, "monitor"),
                E(
                    "consistency.violation",
                    30 * SECOND,
                    "sonde.verify",
                    "verify",
                    severity=17,
                    attributes={
                        "sonde.violation.rule": "copies are the board",
                        "sonde.violation.trace_ids": json.dumps([trace_id(1), trace_id(2)]),
                    },
                ),
            ]
        ),
    )
