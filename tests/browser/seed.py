"""What the browser tests look at: a checkout that failed, hostile names, a trace without its root."""

from __future__ import annotations

import time
from typing import Any

HOSTILE = "<img src=x onerror=\"window.harmed='img'\"><script>window.harmed='script'</script>"

RIGHT_TO_LEFT = "\u202e\u05e9\u05dc\u05d5\u05dd \u2067evil.exe"
"""An override that is never closed, Hebrew, an isolate that is never closed."""

CHECKOUT = "c0" * 16
HOSTILE_TRACE = "bad0" * 8
ROOTLESS = "d1" * 16

Json = dict[str, Any]


def traces(now_ns: int) -> Json:
    """An OTLP/JSON request with all spans; the checkout began two seconds before `now_ns`."""
    start = now_ns - 2_000_000_000
    hostile_attributes = attributes({"note": HOSTILE, HOSTILE: "value", "long": "long text " * 5_000})
    return {
        "resourceSpans": [
            of_service(
                "storefront",
                span(CHECKOUT, "0000000000000001", "", "POST /checkout", start, 480, kind=2),
                span(CHECKOUT, "0000000000000002", "0000000000000001", "POST", start, 470, kind=3, at_ms=5),
            ),
            of_service(
                "payments",
                span(CHECKOUT, "0000000000000003", "0000000000000002", "POST /charges", start, 400, at_ms=20)
                | {
                    "status": {"code": 2, "message": "insufficient funds"},
                    "events": [
                        {
                            "name": "exception",
                            "timeUnixNano": str(start + 300_000_000),
                            "attributes": attributes(
                                {
                                    "exception.type": "CardDeclinedError",
                                    "exception.message": "insufficient funds",
                                    "exception.stacktrace": "Traceback:\n  line 1\n  line 2",
                                }
                            ),
                        }
                    ],
                    "attributes": attributes({"http.route": "/charges", "shop.order.id": "ord_42"}),
                },
            ),
            of_service(
                HOSTILE,
                span(HOSTILE_TRACE, "0000000000000011", "", HOSTILE, start, 30)
                | {"status": {"code": 2, "message": HOSTILE}, "attributes": hostile_attributes},
            ),
            of_service("worker", span(ROOTLESS, "0000000000000021", "00000000000000ff", "ship", start, 60)),
        ]
    }


def logs(now_ns: int) -> Json:
    """The log records of those traces."""
    start = now_ns - 2_000_000_000
    declined = record(CHECKOUT, "0000000000000003", start + 310_000_000, "WARN", "card declined for ord_42")
    return {
        "resourceLogs": [
            {
                "resource": {"attributes": attributes({"service.name": "payments"})},
                "scopeLogs": [
                    {
                        "logRecords": [
                            record(
                                CHECKOUT, "0000000000000003", start + 30_000_000, "INFO", "asking the bank"
                            ),
                            declined | {"eventName": "payment.declined"},
                            record(HOSTILE_TRACE, "0000000000000011", start, "ERROR", HOSTILE),
                        ]
                    }
                ],
            }
        ]
    }


def many_spans(trace_id: str, count: int) -> Json:
    """One trace of `count` spans, ten below each."""
    start = time.time_ns() - 5_000_000_000
    spans = [
        span(
            trace_id,
            f"{n:016x}",
            f"{(n - 2) // 10 + 1:016x}" if n > 1 else "",
            f"step {n % 7}",
            start,
            900,
            at_ms=n % 50,
        )
        for n in range(1, count + 1)
    ]
    return {"resourceSpans": [of_service("batch", *spans)]}


def small_traces(now_ns: int, count: int) -> Json:
    """Traces of one span each, spread over the half hour before."""
    gap_ns = 1_800_000_000_000 // count
    return {
        "resourceSpans": [
            of_service(
                "shop",
                *(
                    span(
                        f"{n + 1:032x}",
                        "00000000000000a1",
                        "",
                        f"step {n % 7}",
                        now_ns - 5_000_000_000 - n * gap_ns,
                        5 + n,
                    )
                    for n in range(count)
                ),
            )
        ]
    }


def single_span(trace_id: str, service: str, name: str) -> Json:
    """A trace of one span that began just now."""
    return {
        "resourceSpans": [
            of_service(service, span(trace_id, "00000000000000a1", "", name, time.time_ns(), 5))
        ]
    }


def lines(now_ns: int, count: int, service: str = "shop") -> Json:
    """Log lines of one process, a second apart, the newest first."""
    records = [
        record("", "", now_ns - n * 1_000_000_000, "INFO", f"line {n} of the {service}")
        | {"attributes": attributes({"number": str(n)})}
        for n in range(count)
    ]
    return _logs_of(service, records)


def one_log(
    service: str, severity: str, body: str, own: dict[str, str] | None = None, *, at_ns: int | None = None
) -> Json:
    """A log record, of just now unless told otherwise."""
    written = record("", "", at_ns or time.time_ns(), severity, body)
    return _logs_of(service, [written | {"attributes": attributes(own or {})}])


def _logs_of(service: str, records: list[Json]) -> Json:
    resource = {"attributes": attributes({"service.name": service, "service.instance.id": f"{service}-1"})}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}


def of_service(name: str, *spans: Json) -> Json:
    return {
        "resource": {"attributes": attributes({"service.name": name})},
        "scopeSpans": [{"scope": {"name": "seed"}, "spans": list(spans)}],
    }


def span(
    trace_id: str,
    span_id: str,
    parent_id: str,
    name: str,
    start_ns: int,
    duration_ms: int,
    *,
    at_ms: int = 0,
    kind: int = 1,
) -> Json:
    begin = start_ns + at_ms * 1_000_000
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "parentSpanId": parent_id,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(begin + duration_ms * 1_000_000),
    }


def record(trace_id: str, span_id: str, at_ns: int, severity: str, body: str) -> Json:
    return {
        "timeUnixNano": str(at_ns),
        "severityNumber": {"DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17}[severity],
        "severityText": severity,
        "body": {"stringValue": body},
        "traceId": trace_id,
        "spanId": span_id,
    }


def attributes(values: dict[str, str]) -> list[Json]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
