"""Exceptions on spans: the event on the innermost alone, status and `error.type` on every span they leave.

What ends a span from outside (a task is cancelled, Ctrl-C) is no failure of a plain one: a client that went
away is no error of the handler. It is of a job, which was to reach its end.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Mapping
from typing import Any, Final, cast

from opentelemetry.trace import Span, Status, StatusCode

from sonde import semconv
from sonde.sdk.values import text

_MESSAGE_CHARS: Final = 4_096
_STACK_CHARS: Final = 32_768
_DESCRIPTION_CHARS: Final = 1_024

_FROM_OUTSIDE: Final = {
    asyncio.CancelledError: "cancelled before the end",
    KeyboardInterrupt: "interrupted before the end",
}

# Holds the id of the trace in which the exception was recorded: it may be raised again in another one.
_RECORDED: Final = "_sonde_recorded"


def is_failure(error: BaseException) -> bool:
    """Whether what is left by `error` has failed: every `Exception`, and an exit with another code than 0."""
    return isinstance(error, Exception) or (isinstance(error, SystemExit) and cuts_short(error))


def cuts_short(error: BaseException) -> bool:
    """Whether a job that is left by `error` has not reached its end: by all but an exit with the code 0 and a
    generator that nobody asks for more."""
    if isinstance(error, SystemExit):
        return not (error.code is None or (isinstance(error.code, int) and error.code == 0))
    return not isinstance(error, GeneratorExit)


def description(error: BaseException) -> str:
    """What it was, in a line: `ValueError: no such order`, `CancelledError: cancelled before the end`."""
    said = text(error, _DESCRIPTION_CHARS)
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        said = f"exit code {int(error.code)}"
    for kind, words in _FROM_OUTSIDE.items():
        if isinstance(error, kind):
            said = f"{words}: {said}" if said else words
    return text(f"{type(error).__name__}: {said}")


def fail(span: Span, error: BaseException) -> None:
    """Make `span` one that failed with `error`. An `error.type` that the program has set is left as it is."""
    if not span.is_recording():
        return
    span.set_status(Status(StatusCode.ERROR, description(error)))
    known = cast(Mapping[str, Any], getattr(span, "attributes", None) or {})
    if semconv.ERROR_TYPE not in known:
        span.set_attribute(semconv.ERROR_TYPE, type_name(error))
    record(span, error)


def record(span: Span, error: BaseException, attributes: Mapping[str, Any] | None = None) -> None:
    """Add the event `exception` to `span`, unless a span of the same trace has it already.

    Source: OpenTelemetry semantic conventions, "Exceptions on spans".
    """
    trace_id = span.get_span_context().trace_id
    if getattr(error, _RECORDED, None) == trace_id:
        return
    stack = "".join(traceback.format_exception(error))
    if len(stack) > _STACK_CHARS:
        # The start says where it came from, the end what it is.
        left_out = f"\n… {len(stack) - _STACK_CHARS} characters …\n"
        stack = stack[: _STACK_CHARS // 2] + left_out + stack[-_STACK_CHARS // 2 :]
    span.add_event(
        "exception",
        {
            semconv.EXCEPTION_TYPE: type_name(error),
            semconv.EXCEPTION_MESSAGE: text(error, _MESSAGE_CHARS),
            semconv.EXCEPTION_STACKTRACE: text(stack),
            **(attributes or {}),
        },
    )
    try:
        setattr(error, _RECORDED, trace_id)
    except Exception:  # no room for attributes: the span above records it again
        return


def type_name(error: BaseException) -> str:
    """The name by which the error's type is imported; built-in ones bare."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
