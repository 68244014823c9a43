"""A payment that was charged twice in a billing run, and what else is around it; odd and hostile ones."""

from __future__ import annotations

from tests.browser.seed import HOSTILE, RIGHT_TO_LEFT, Json, attributes, of_service, record, span

ODD = "pay/ments 01/ü?#%2F&x=1"
LONG = "x" * 500
HOSTILE_ID = HOSTILE + RIGHT_TO_LEFT
TRACE = f"{21:032x}"
MANY = 25
"""Runs that touched the customer."""


def traces(now_ns: int) -> Json:
    """An OTLP/JSON request, all of the last ten minutes."""
    second = 1_000_000_000
    charge = {"sonde.entity.payment": "pym_123", "sonde.orchestration.id": "orc_1"}
    return {
        "resourceSpans": [
            of_service(
                "billing",
                _of(
                    21, 1, now_ns - 300 * second, "run_bill", {"sonde.entity.invoice": "inv_1"}, took_ms=8_000
                ),
                _of(21, 2, now_ns - 299 * second, "run_bill", charge, parent=1, error="card declined"),
                _of(21, 3, now_ns - 295 * second, "run_bill", charge, parent=1, attempt=2),
                _of(
                    22, 4, now_ns - 200 * second, "", {"sonde.entity.payment": "pym_123"}, name="GET /refund"
                ),
                _of(23, 5, now_ns - 100 * second, "run_odd", {"sonde.entity.payment": ODD}),
                _of(24, 6, now_ns - 90 * second, "run_odd", {"sonde.entity.payment": LONG}),
                _of(25, 7, now_ns - 80 * second, "run_odd", {f"sonde.entity.{HOSTILE[:60]}": HOSTILE_ID}),
                *(
                    _of(
                        30 + n,
                        30 + n,
                        now_ns - (400 + n) * second,
                        f"run_{n}",
                        {"sonde.entity.customer": "cus_1"},
                    )
                    for n in range(MANY)
                ),
            )
        ]
    }


def logs(now_ns: int) -> Json:
    """A line of the charge that failed, the link recorded before it, and a webhook outside of everything."""
    line = record(TRACE, f"{2:016x}", now_ns - 298_500_000_000, "WARN", "the bank said no")
    line["attributes"] = attributes({"sonde.run.id": "run_bill"})
    link = record(TRACE, "", now_ns - 300_000_000_000, "INFO", "") | {
        "eventName": "entity.touched",
        "attributes": attributes({"sonde.run.id": "run_bill", "sonde.entity.payment": "pym_123"}),
    }
    webhook = record("", "", now_ns - 250_000_000_000, "INFO", HOSTILE)
    webhook |= {
        "eventName": "webhook.received",
        "attributes": attributes({"sonde.entity.payment": "pym_123"}),
    }
    resource = {"attributes": attributes({"service.name": "billing"})}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [line, link, webhook]}]}]}


def _of(
    trace: int,
    number: int,
    start_ns: int,
    run_id: str,
    own: dict[str, str],
    *,
    parent: int = 0,
    attempt: int = 1,
    name: str = "",
    error: str = "",
    took_ms: int = 500,
) -> Json:
    job = "charge" if parent else "billing"
    made = span(
        f"{trace:032x}",
        f"{number:016x}",
        f"{parent:016x}" if parent else "",
        name or f"run.{job}",
        start_ns,
        took_ms,
    )
    run = {"sonde.run.id": run_id, "sonde.run.job": job, "sonde.run.attempt": str(attempt)} if run_id else {}
    made["attributes"] = attributes(run | own)
    if error:
        made["status"] = {"code": 2, "message": error}
    return made
