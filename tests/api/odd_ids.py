"""Telemetry of a run, an orchestration, a conversation and a payment that all have one id."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any


def traces(ids: Iterable[str]) -> dict[str, Any]:
    """An OTLP/JSON request with a trace for each id."""
    spans = [_span(number, each) for number, each in enumerate(ids, start=1)]
    resource = {"attributes": [_attribute("service.name", "odd")]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}


def _span(number: int, odd: str) -> dict[str, Any]:
    now = time.time_ns()
    said = {
        "sonde.run.id": odd,
        "sonde.orchestration.id": odd,
        "sonde.entity.payment": odd,
        "gen_ai.conversation.id": odd,
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
    }
    return {
        "traceId": f"{number + 0xABC:032x}",
        "spanId": f"{number + 0xABC:016x}",
        "name": "work",
        "startTimeUnixNano": str(now - 10**9),
        "endTimeUnixNano": str(now),
        "attributes": [_attribute(key, value) for key, value in said.items()],
    }


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}
