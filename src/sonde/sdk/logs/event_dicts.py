"""Event dictionaries of structlog, taken apart into body and attributes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final, cast

from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk.logs.exceptions import exception_attributes, from_frames, from_text
from sonde.sdk.values import acceptable_attributes, text

# What other parts of a log record say already, or what is structlog's own.
_SAID_ELSEWHERE: Final = frozenset(
    {
        "event",
        "level",
        "log_level",
        "level_number",
        "logger",
        "logger_name",
        "timestamp",
        "exc_info",
        "exception",
        "stack",
        "stack_info",
        "trace_id",
        "span_id",
        "_record",
        "_from_structlog",
        "_logger",
        "_name",
    }
)
# Names of structlog's CallsiteParameterAdder.
_CALL_SITE: Final = {
    "pathname": semconv.CODE_FILE_PATH,
    "lineno": semconv.CODE_LINE_NUMBER,
    "func_name": semconv.CODE_FUNCTION_NAME,
}


def raised(exc_info: object) -> BaseException | None:
    """The exception that an `exc_info` means: itself, a tuple with it, or true for the current one."""
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        value = cast(tuple[object, ...], exc_info)[1:2]
        return value[0] if value and isinstance(value[0], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def body_of(event_dict: Mapping[str, object]) -> str:
    """The event itself, or what was renamed to be it."""
    for name in ("event", "message", "msg"):
        if name in event_dict:
            return text(event_dict[name])
    return ""


def attributes_of(
    event_dict: Mapping[str, object], error: BaseException | None = None
) -> dict[str, AttributeValue]:
    """Keys and values as attributes; `error` is the exception, where it is known better than as its text."""
    fields = {
        _CALL_SITE.get(name, name): value for name, value in event_dict.items() if name not in _SAID_ELSEWHERE
    }
    made = dict(acceptable_attributes(fields))
    error = error or raised(event_dict.get("exc_info"))
    written = event_dict.get("exception")
    if error is not None:
        made.update(exception_attributes(error))
    elif isinstance(written, str):
        made.update(from_text(written))
    elif isinstance(written, Sequence):
        made.update(from_frames(cast(Sequence[object], written)))
    stack = event_dict.get("stack")
    if stack:
        made[semconv.CODE_STACKTRACE] = text(stack)
    return made
