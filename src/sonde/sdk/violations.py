"""Consistency violations: a rule that telemetry or data breaks, with the traces that show it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final, cast

from opentelemetry.trace import SpanContext, format_trace_id

from sonde import semconv
from sonde.sdk.complaints import complain
from sonde.sdk.events import event
from sonde.sdk.values import text

MAX_TRACE_IDS: Final = 1000


def violation(
    rule: str,
    trace_ids: str | int | SpanContext | Iterable[str | int | SpanContext] = (),
    message: str | None = None,
    /,
    *,
    severity: str = "error",
    **attributes: object,
) -> None:
    """Emit `consistency.violation`: `rule` is broken, as the traces with these ids show.

    Ids are 32 hex digits, integers, or span contexts; at most 1 000 of them are carried.
    """
    event(
        semconv.VIOLATION_EVENT,
        text(rule if message is None else message),
        severity=severity,
        attributes={
            semconv.VIOLATION_RULE: rule,
            semconv.VIOLATION_TRACE_IDS: _texts(trace_ids),
            **attributes,
        },
    )


def _texts(trace_ids: object) -> list[str]:
    if isinstance(trace_ids, str | int | SpanContext) or not isinstance(trace_ids, Iterable):
        trace_ids = (trace_ids,)
    texts: dict[str, None] = {}
    for each in _some(cast(Iterable[object], trace_ids)):
        if isinstance(each, SpanContext):
            texts[format_trace_id(each.trace_id)] = None
        elif isinstance(each, int):
            texts[format_trace_id(each)] = None
        elif isinstance(each, str) and each:
            texts[each.lower()] = None
        else:
            complain(
                "a violation's trace id is text, a number or a span context, not %s", type(each).__name__
            )
    return list(texts)


def _some(trace_ids: Iterable[object]) -> list[object]:
    try:
        return list(islice(trace_ids, MAX_TRACE_IDS))
    except Exception as error:  # an iterator of the program's
        complain("cannot read the trace ids of a violation", error=error)
        return []
