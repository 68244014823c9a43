"""Who is whose child among spans."""

from __future__ import annotations

from opentelemetry.sdk.trace import ReadableSpan
from tests.sdk.collector import Collector

from sonde.testing import Capture


def parent_of(capture: Capture, name: str) -> str | None:
    """The name of the parent of the span `name`; None for a root. AssertionError if the parent is unknown."""
    parent = capture.span(name).parent
    if parent is None:
        return None
    return next(
        each.name for each in known(capture) if each.context and each.context.span_id == parent.span_id
    )


def known(capture: Capture) -> list[ReadableSpan]:
    """Spans that have ended, and those that run."""
    return [*capture.spans, *capture.running]


def attributes_of(capture: Capture, name: str) -> dict[str, object]:
    """What the span `name` bears, but for where it was made."""
    held = capture.span(name).attributes or {}
    return {key: value for key, value in held.items() if not key.startswith("code.")}


def parents(collector: Collector) -> dict[str, str]:
    """The name of every span that arrived, and of its parent; empty for a root."""
    names = {each.record.span_id: each.record.name for each in collector.spans}
    return {
        each.record.name: names[each.record.parent_span_id] if each.record.parent_span_id else ""
        for each in collector.spans
    }
