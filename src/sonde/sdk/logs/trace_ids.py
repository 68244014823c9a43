"""Ids of the current span as text, for what a program writes itself: its console, its log files."""

from __future__ import annotations

from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, get_current_span

from sonde.sdk import current


class Id(str):
    """An id in hexadecimal digits, empty where no span is current.

    A type of its own shows that a record has been through here; copies that leave the process are plain text.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str.__str__(self),)


NO_ID: Final = Id("")
# Logs come in runs from within one span: its ids are written once.
_latest: tuple[SpanContext | None, Id, Id] = (None, NO_ID, NO_ID)


def ids_of(span_context: SpanContext) -> tuple[Id, Id]:
    """Trace id (32 digits) and span id (16), both empty for no span."""
    global _latest
    known, trace_id, span_id = _latest
    if known is span_context:
        return trace_id, span_id
    if not span_context.is_valid:
        return NO_ID, NO_ID
    trace_id, span_id = Id(f"{span_context.trace_id:032x}"), Id(f"{span_context.span_id:016x}")
    _latest = (span_context, trace_id, span_id)
    return trace_id, span_id


def current_ids(context: Context | None = None) -> tuple[Id, Id]:
    """The ids of the span that is current in `context`, by default in the current one."""
    return ids_of(get_current_span(context or current.now()).get_span_context())
