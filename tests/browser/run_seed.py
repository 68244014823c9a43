"""Runs: one that took two attempts, a good one before it, one that is running, and hostile ones."""

from __future__ import annotations

from tests.browser.seed import HOSTILE, RIGHT_TO_LEFT, Json, attributes, of_service, record, span

ODD = "jobs/2026 01/ü?#%2F&x=1\nb"
HOSTILE_ID = HOSTILE + "x" * 400
RETRIED_TRACE = f"{3:032x}"


def traces(now_ns: int) -> Json:
    """An OTLP/JSON request with the runs, all of the last ten minutes."""
    second = 1_000_000_000
    return {
        "resourceSpans": [
            of_service(
                "billing",
                _of("run_good", 1, 1, now_ns - 500 * second, 4_000, {"sonde.entity.payment": "pym_1"}),
                _of("run_good", 1, 2, now_ns - 499 * second, 900, parent=1, name="bank.charge"),
                _of("run_retried", 2, 3, now_ns - 300 * second, 2_000, error="timeout: bank.example"),
                _of(
                    "run_retried",
                    3,
                    4,
                    now_ns - 280 * second,
                    8_000,
                    {"sonde.entity.payment": "pym_2"},
                    attempt=2,
                ),
                _of("run_retried", 3, 5, now_ns - 279 * second, 3_000, parent=4, name="bank.charge"),
                _of(
                    "run_retried",
                    3,
                    6,
                    now_ns - 276 * second,
                    500,
                    {"sonde.entity.payment": "pym_3"},
                    job="charge",
                    parent=4,
                    error="card declined",
                ),
                _of("run_now", 4, 7, now_ns - 20 * second, None),
                _of(ODD, 5, 8, now_ns - 100 * second, 1_000, job="restock"),
                _of(HOSTILE_ID, 6, 9, now_ns - 90 * second, 10, job=HOSTILE + RIGHT_TO_LEFT, error=HOSTILE),
            )
        ]
    }


def logs(now_ns: int) -> Json:
    """A log line and an event of the run that was retried."""
    line = record(RETRIED_TRACE, f"{4:016x}", now_ns - 279_000_000_000, "WARN", "the bank is slow today")
    event = record(RETRIED_TRACE, f"{4:016x}", now_ns - 278_000_000_000, "ERROR", "the bank said no") | {
        "eventName": "bank.refused",
        "attributes": attributes({"sonde.run.id": "run_retried"}),
    }
    own = line | {"attributes": attributes({"sonde.run.id": "run_retried"})}
    resource = {"attributes": attributes({"service.name": "billing"})}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [own, event]}]}]}


def _of(
    run_id: str,
    trace: int,
    number: int,
    start_ns: int,
    took_ms: int | None,
    own: dict[str, str] | None = None,
    *,
    job: str = "billing",
    attempt: int = 1,
    parent: int = 0,
    name: str = "",
    error: str = "",
) -> Json:
    made = span(
        f"{trace:032x}",
        f"{number:016x}",
        f"{parent:016x}" if parent else "",
        name or f"run.{job}"[:60],
        start_ns,
        took_ms or 0,
    )
    said = {
        "sonde.run.id": run_id,
        "sonde.run.job": job,
        "sonde.run.attempt": str(attempt),
        "sonde.run.url": "javascript:window.harmed=1"
        if run_id == HOSTILE_ID
        else "https://jobs.example/{run_id}",
        **(own or {}),
    }
    made["attributes"] = attributes(said)
    if took_ms is None:
        made["endTimeUnixNano"] = "0"
    if error:
        made["status"] = {"code": 2, "message": error}
    return made
