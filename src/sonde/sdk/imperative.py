"""Spans that begin in one call and end in another, known by their id: for code that no block can enclose.

Begun in one thread, such a span may end in any other of the process.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode

from sonde import semconv
from sonde.sdk import current, events, forking
from sonde.sdk.complaints import complain
from sonde.sdk.current import Opened
from sonde.sdk.live import LiveSpan
from sonde.sdk.spans import Block
from sonde.sdk.values import merged, text

# What a program never ends must not fill the memory; beyond it the oldest is ended.
_MAX_OPEN: Final = 10_000
_CODE_CHARS: Final = 128
_DETAIL_CHARS: Final = 4_096

# Source: OpenTelemetry semantic conventions, `error.type`: the value where no better one is known.
_SOME_ERROR: Final = "_OTHER"

STATUSES: Final = ("success", "blocked", "error", "skipped")

# Each access is one step of the interpreter: no lock is needed, so none can be held at a fork.
_open: Final[dict[str, tuple[LiveSpan, Opened]]] = {}


def start_span(
    operation: str,
    attrs: Mapping[str, object] | None = None,
    *,
    open: bool = False,
    parent: str | None = None,
) -> str:
    """Begin a span; its id (16 hexadecimal digits), for `end_span`.

    Until it ends it is the parent of what follows in this thread or task. `parent` is the id of a span begun
    the same way and not ended, where the current one is not the right parent. `open` writes the span at its
    start already.
    """
    context = current.now()
    above: Context | None = None
    if parent is not None:
        known = _open.get(parent)
        if known is None:
            complain("no span with the id %s is open: the current one is the parent", parent)
        else:
            above = Context({**context, current.SPAN_KEY: known[1].span})
    span = Block(operation, attrs or {}, SpanKind.INTERNAL, (), open, above, None)
    span.begin()
    entered, opened = current.opened(span.underlying, context)
    current.enter(entered)
    span_id = span.span_id
    _open[span_id] = span, opened
    if len(_open) > _MAX_OPEN:
        complain("more than %d spans were begun and not ended: the oldest is ended", _MAX_OPEN)
        _end_oldest()
    return span_id


def end_span(span_id: str, status: str = "success", error: BaseException | str | int | None = None) -> None:
    """End a span that `start_span` began, in whatever thread.

    `status`: success, blocked, error or skipped; blocked and skipped are kept as `sonde.status`. `error`: an
    exception, an error code or a text; with it success becomes error. An id that is not open is said once.
    """
    found = _open.pop(span_id, None)
    if found is None:
        complain("no span with the id %s is open: never begun in this process, or ended already", span_id)
        return
    span, opened = found
    opened.ended = True
    context = current.read()
    left = current.now()
    if left is not context:
        current.enter(left)
    conclude(span, status, error)
    span.end()


def emit_event(
    type: str, severity: str = "info", message: str | None = None, attrs: Mapping[str, object] | None = None
) -> str:
    """Write an event of the span that is under way; gives its id (`log.record.uid`, 32 digits)."""
    event_id = os.urandom(16).hex()
    events.emit(type, message, severity, merged(attrs, {semconv.RECORD_UID: event_id}))
    return event_id


def _end_oldest() -> None:
    try:
        span, opened = _open.pop(next(iter(_open)))
    except (RuntimeError, KeyError):  # another thread begins or ends one; the next call makes room
        return
    opened.ended = True
    span.end()


def conclude(span: LiveSpan, status: str, error: BaseException | str | int | None = None) -> None:
    """Give a span the outcome `status` (one of `STATUSES`); `error` as for `end_span`."""
    if status not in STATUSES:
        complain("no status is called %r (known: %s); taken as success", status, ", ".join(STATUSES))
        status = "success"
    if error is not None and status == "success":
        status = "error"
    if isinstance(error, BaseException) and status == "error":
        span.fail(error)
        return
    if isinstance(error, BaseException):
        span.record_exception(error)
    elif error is not None:
        span.set_attributes(_described(text(error, _DETAIL_CHARS)))
    if status == "error":
        span.set_status(StatusCode.ERROR, None if error is None else text(error, _DETAIL_CHARS))
        return
    if status != "success":
        span.set_attribute(semconv.STATUS, status)
    span.set_status(StatusCode.OK)


def _described(error: str) -> dict[str, str]:
    """A code is one short word; anything longer is a detail."""
    if 0 < len(error) <= _CODE_CHARS and not any(map(str.isspace, error)):
        return {semconv.ERROR_TYPE: error}
    return {semconv.ERROR_TYPE: _SOME_ERROR, semconv.ERROR_DETAIL: error}


# A forked child has no part in its parent's spans: the parent ends them.
forking.in_child(_open.clear)
