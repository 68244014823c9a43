"""Spans that begin in one call and end in another, known by their id: for code that no block can enclose.

Begun in one thread, such a span may end in any other of the process.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from opentelemetry.context import Context, attach, get_current
from opentelemetry.trace import SpanKind, Status, StatusCode

from sonde import semconv
from sonde.sdk import current, events
from sonde.sdk.complaints import complain
from sonde.sdk.current import Opened
from sonde.sdk.exceptions import fail
from sonde.sdk.live import LiveSpan
from sonde.sdk.spans import Block
from sonde.sdk.values import text

# What a program never ends must not fill the memory; beyond it the oldest is ended.
_MAX_OPEN: Final = 10_000
_CODE_CHARS: Final = 128
_DETAIL_CHARS: Final = 4_096

# Source: OpenTelemetry semantic conventions, `error.type`: the value where no better one is known.
_SOME_ERROR: Final = "_OTHER"

STATUSES: Final = ("success", "blocked", "error", "skipped")

_open: Final[OrderedDict[str, tuple[LiveSpan, Opened]]] = OrderedDict()
_lock: Final = threading.Lock()


def start_span(
    operation: str,
    attrs: Mapping[str, object] | None = None,
    *,
    open: bool = False,
    parent: str | None = None,
) -> str:
    """Begin a span; its id (16 hexadecimal digits), for `end_span`.

    Until it ends it is the parent of what follows in this thread or task. `parent` is the id of a span begun the same way
    and not ended, where the current one is not the right parent. `open` writes the span at its start already.
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
    made = span.begin()
    entered, opened = current.opened(made[current.SPAN_KEY], context)
    attach(entered)
    span_id = span.span_id
    with _lock:
        _open[span_id] = span, opened
        oldest = _open.popitem(last=False) if len(_open) > _MAX_OPEN else None
    if oldest is not None:
        complain("more than %d spans were begun and not ended: the oldest is ended", _MAX_OPEN)
        oldest[1][1].ended = True
        oldest[1][0].end()
    return span_id


def end_span(span_id: str, status: str = "success", error: BaseException | str | int | None = None) -> None:
    """End a span that `start_span` began, in whatever thread.

    `status`: success, blocked, error or skipped (the last but one, and blocked, are kept as `sonde.status`). `error`: an
    exception, an error code or a text; with it success becomes error. An id that is not open is said once.
    """
    with _lock:
        found = _open.pop(span_id, None)
    if found is None:
        complain("no span with the id %s is open: never begun in this process, or ended already", span_id)
        return
    span, opened = found
    opened.ended = True
    context = get_current()
    left = current.now()
    if left is not context:
        attach(left)
    conclude(span, status, error)
    span.end()


def emit_event(
    type: str, severity: str = "info", message: str | None = None, attrs: Mapping[str, object] | None = None
) -> str:
    """Write an event of the span that is under way; the event's id (32 hexadecimal digits, `log.record.uid`)."""
    event_id = os.urandom(16).hex()
    events.emit(type, message, severity, {semconv.RECORD_UID: event_id, **(attrs or {})})
    return event_id


def conclude(span: LiveSpan, status: str, error: BaseException | str | int | None = None) -> None:
    """Give a span the outcome `status` (one of `STATUSES`); `error` as for `end_span`."""
    if error is not None and status == "success":
        status = "error"
    if status not in STATUSES:
        complain("no status is called %r (known: %s); left out", status, ", ".join(STATUSES))
        return
    if isinstance(error, BaseException):
        if status == "error":
            fail(span, error)
        else:
            span.record_exception(error)
    elif error is not None:
        span.set_attributes(_described(text(error, _DETAIL_CHARS)))
    if status == "error":
        description = (
            None if error is None or isinstance(error, BaseException) else text(error, _DETAIL_CHARS)
        )
        if not isinstance(error, BaseException):
            span.set_status(StatusCode.ERROR, description)
        return
    if status != "success":
        span.set_attribute(semconv.STATUS, status)
    span.set_status(Status(StatusCode.OK))


def _described(error: str) -> dict[str, str]:
    """A code is one short word; anything longer is a detail."""
    if len(error) <= _CODE_CHARS and error and not any(map(str.isspace, error)):
        return {semconv.ERROR_TYPE: error}
    return {semconv.ERROR_TYPE: _SOME_ERROR, semconv.ERROR_DETAIL: error}
