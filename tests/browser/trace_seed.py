"""Traces for the page of one trace: an order, a job that still runs, deep and hostile ones."""

from __future__ import annotations

from typing import Any

from tests.browser.seed import HOSTILE, Json, attributes, of_service, record, span

ORDER = "0a" * 16
RUNNING = "0b" * 16
DEEP = "0d" * 16
MANY = "0e" * 16
HOSTILE_TREE = "0f" * 16
LINKED = "ab" * 16

RIGHT_TO_LEFT = "\u202eevil\u202c שלום"


def span_id(number: int) -> str:
    return f"{number:016x}"


def order(start_ns: int) -> list[Json]:
    """A request of traces and one of logs: an order of 620 ms that fails while it is charged."""

    def at(number: int, parent: int, name: str, from_ms: int, length_ms: int, *, kind: int = 1) -> Json:
        return span(
            ORDER, span_id(number), span_id(parent) if parent else "", name, start_ns, length_ms,
            at_ms=from_ms, kind=kind,
        )  # fmt: skip

    def event(name: str, at_ms: int, **values: str) -> Json:
        return {
            "name": name,
            "timeUnixNano": str(start_ns + at_ms * 1_000_000),
            "attributes": attributes({key.replace("_", "."): value for key, value in values.items()}),
        }

    belongs = {
        "sonde.entity.order": "ord_42",
        "sonde.entity.customer": "cus_7",
        "correlation.id": "req-81",
        "session.id": "session-5",
        "sonde.run.id": "run-9",
        "sonde.run.job": "nightly",
    }
    failed = {"status": {"code": 2, "message": "insufficient funds"}}
    declined = event(
        "exception", 560, exception_type="CardDeclinedError", exception_message="insufficient funds"
    )
    return [
        {
            "resourceSpans": [
                of_service(
                    "storefront",
                    at(1, 0, "POST /orders", 0, 620, kind=2) | {"attributes": attributes(belongs)} | failed,
                    at(2, 1, "validate cart", 4, 60),
                    at(3, 1, "POST inventory /reserve", 80, 160, kind=3),
                    at(9, 1, "POST payments /charges", 300, 280, kind=3) | failed,
                    at(14, 1, "render", 590, 25),
                ),
                of_service(
                    "inventory",
                    at(4, 3, "POST /reserve", 90, 140, kind=2),
                    *(at(5 + n, 4, f"SELECT stock {n}", 95 + 33 * n, 25, kind=3) for n in range(4)),
                ),
                of_service(
                    "payments",
                    at(10, 9, "POST /charges", 310, 260, kind=2)
                    | failed
                    | {"links": [{"traceId": LINKED, "spanId": span_id(77)}]},
                    at(11, 10, "fraud check", 320, 90)
                    | {"events": [event("score", 350, value="0.2"), event("rule", 380, rule="velocity")]},
                    at(12, 10, "bank.charge", 440, 125) | failed | {"events": [declined]},
                ),
                of_service("mailer", at(13, 0xDEAD, "send receipt", 500, 90)),
            ]
        },
        {
            "resourceLogs": [
                {
                    "resource": {"attributes": attributes({"service.name": "payments"})},
                    "scopeLogs": [
                        {
                            "logRecords": [
                                record(ORDER, span_id(12), start_ns + 450_000_000, "INFO", "asking the bank"),
                                record(ORDER, span_id(12), start_ns + 561_000_000, "ERROR", "declined"),
                                record(ORDER, span_id(2), start_ns + 20_000_000, "WARN", "cart is old"),
                            ]
                        }
                    ],
                }
            ]
        },
    ]


def running(start_ns: int) -> Json:
    """A job that has not ended, of which one step has."""
    return {
        "resourceSpans": [
            of_service(
                "worker",
                span(RUNNING, span_id(1), "", "import catalogue", start_ns, 0) | {"endTimeUnixNano": "0"},
                step(start_ns, 2, "read file", 10),
            )
        ]
    }


def step(start_ns: int, number: int, name: str, at_ms: int, parent: int = 1) -> Json:
    """A step of 100 ms of the running job."""
    return span(RUNNING, span_id(number), span_id(parent), name, start_ns, 100, at_ms=at_ms)


def deep(start_ns: int, depth: int = 120) -> Json:
    """Each span in the one before."""
    return {
        "resourceSpans": [
            of_service(
                "recursion",
                *(
                    span(
                        DEEP,
                        span_id(n),
                        span_id(n - 1) if n > 1 else "",
                        f"call {n}",
                        start_ns,
                        2 * depth - 2 * n + 2,
                        at_ms=n,
                    )
                    for n in range(1, depth + 1)
                ),
            )
        ]
    }


def hostile(start_ns: int) -> Json:
    """Names that are markup, reorder what is beside them, or are very long."""
    names = (HOSTILE, RIGHT_TO_LEFT, "long " * 20_000, "")
    return {
        "resourceSpans": [
            of_service(HOSTILE, span(HOSTILE_TREE, span_id(1), "", HOSTILE, start_ns, 50)),
            *(
                of_service(
                    name or "-", named(span(HOSTILE_TREE, span_id(n), span_id(1), name, start_ns, 20), name)
                )
                for n, name in enumerate(names, 2)
            ),
        ]
    }


def named(made: Json, name: str) -> Json:
    event: dict[str, Any] = {"name": name, "timeUnixNano": str(int(made["startTimeUnixNano"]) + 10_000_000)}
    return made | {"events": [event], "status": {"code": 2, "message": name}}
