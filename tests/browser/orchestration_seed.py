"""Orchestrations: one with phases and a violation, one that runs, one of many spans, and hostile ones."""

from __future__ import annotations

import json

from tests.browser.seed import HOSTILE, RIGHT_TO_LEFT, Json, attributes, of_service, record, span

ODD = "jobs/2026 01/ü?#%2F&x=1\nb"
HOSTILE_ID = HOSTILE + "x" * 400
FIRST_TRACE = f"{1:032x}"
SECOND_TRACE = f"{2:032x}"
MANY = 1100
TASKS = {"sonde.entity.task": json.dumps([f"task_{n}" for n in range(1, 8)]), "sonde.run.id": "run_sync"}

_SECOND = 1_000_000_000


def traces(now_ns: int) -> Json:
    """An OTLP/JSON request with the spans, all of the last ten minutes."""
    start = now_ns - 300 * _SECOND
    board, syncs = "orchestrator", "daemon"
    return {
        "resourceSpans": [
            of_service(
                "builder",
                _of("orc_1", 1, 1, start, 20_000, "plan", board, name="orchestration"),
                _of(
                    "orc_1",
                    1,
                    2,
                    start + 4 * _SECOND,
                    3_000,
                    "build",
                    board,
                    parent=1,
                    name="advance",
                    error="killed",
                ),
                _of("orc_1", 1, 3, start + 8 * _SECOND, 3_000, "build", board, parent=1, name="advance"),
                _of("orc_1", 2, 4, start + 5 * _SECOND, 6_000, "build", syncs, name="sync_all", own=TASKS),
                _of("orc_1", 2, 5, start + 6 * _SECOND, 2_000, "build", syncs, parent=4, name="sync_tasks"),
                _of("orc_now", 3, 6, now_ns - 20 * _SECOND, None, "plan", board, name="orchestration"),
                _of(ODD, 4, 7, now_ns - 100 * _SECOND, 1_000, "plan", board),
                _of(
                    HOSTILE_ID,
                    5,
                    8,
                    now_ns - 90 * _SECOND,
                    10,
                    HOSTILE,
                    RIGHT_TO_LEFT + HOSTILE,
                    name=HOSTILE[:60],
                    error=HOSTILE,
                ),
                *(
                    _of(
                        "orc_many",
                        6,
                        100 + n,
                        now_ns - 200 * _SECOND + n * 10_000_000,
                        5 + n % 50,
                        "build",
                        board,
                        name=f"step {n % 7}",
                    )
                    for n in range(MANY)
                ),
            )
        ]
    }


def logs(now_ns: int) -> Json:
    """The events of the same."""
    start = now_ns - 300 * _SECOND
    told = [
        _event(
            "orc_1",
            1,
            start + 3 * _SECOND,
            "state.transition",
            "plan → build",
            "build",
            {"sonde.from": "plan", "sonde.to": "build"},
        ),
        _event(
            "orc_1",
            1,
            start + 7 * _SECOND,
            "orchestrate.error",
            "the compiler was killed",
            "build",
            {},
            severity="ERROR",
        ),
        _event(
            "orc_1",
            2,
            start + 8 * _SECOND,
            "projection.write",
            "task_1",
            "build",
            {"sonde.subject": "task_1"},
            component="daemon",
        ),
        _event(
            "orc_1",
            2,
            start + 9 * _SECOND,
            "projection.skip",
            "task_2: unchanged",
            "build",
            {"sonde.subject": "task_2", "sonde.reason": "unchanged", "sonde.status": "skipped"},
            component="daemon",
        ),
        _event(
            "orc_1",
            1,
            start + 18 * _SECOND,
            "state.transition",
            "build → done",
            "done",
            {"sonde.from": "build", "sonde.to": "done"},
        ),
        _event(
            "orc_1",
            2,
            start + 60 * _SECOND,
            "consistency.violation",
            "task_2 is done here, doing there",
            "",
            {
                "sonde.violation.rule": "copies are the board",
                "sonde.violation.trace_ids": json.dumps([FIRST_TRACE, SECOND_TRACE]),
            },
            component="sonde.verify",
            severity="ERROR",
        ),
        _event(
            HOSTILE_ID,
            5,
            now_ns - 90 * _SECOND,
            HOSTILE,
            HOSTILE,
            HOSTILE,
            {"sonde.reason": HOSTILE, "sonde.violation.rule": HOSTILE},
        ),
    ]
    return _request(told)


def turn(now_ns: int) -> Json:
    """What the running one tells next: a phase."""
    return _request(
        [
            _event(
                "orc_now",
                3,
                now_ns,
                "state.transition",
                "plan → build",
                "build",
                {"sonde.from": "plan", "sonde.to": "build"},
            )
        ]
    )


def _request(records: list[Json]) -> Json:
    resource = {"attributes": attributes({"service.name": "builder"})}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}


def _of(
    orchestration_id: str,
    trace: int,
    number: int,
    start_ns: int,
    took_ms: int | None,
    phase: str,
    component: str,
    *,
    parent: int = 0,
    name: str = "work",
    error: str = "",
    own: dict[str, str] | None = None,
) -> Json:
    made = span(
        f"{trace:032x}", f"{number:016x}", f"{parent:016x}" if parent else "", name, start_ns, took_ms or 0
    )
    said = {"sonde.orchestration.id": orchestration_id, "sonde.phase": phase, "sonde.component": component}
    made["attributes"] = attributes(said | (own or {}))
    if took_ms is None:
        made["endTimeUnixNano"] = "0"
    if error:
        made["status"] = {"code": 2, "message": error}
    return made


def _event(
    orchestration_id: str,
    trace: int,
    at_ns: int,
    name: str,
    message: str,
    phase: str,
    own: dict[str, str],
    *,
    component: str = "orchestrator",
    severity: str = "INFO",
) -> Json:
    said = {
        "sonde.orchestration.id": orchestration_id,
        "sonde.phase": phase,
        "sonde.component": component,
        **own,
    }
    line = record(f"{trace:032x}", f"{trace:016x}", at_ns, severity, message)
    return line | {
        "eventName": name,
        "attributes": attributes({key: value for key, value in said.items() if value}),
    }
