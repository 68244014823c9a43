"""Exceptions as attributes of a log record.

Source: OpenTelemetry semantic conventions, "Exceptions in logs".
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Final, cast

from opentelemetry.util.types import AttributeValue

from sonde.sdk.exceptions import type_name
from sonde.sdk.values import text
from sonde.semconv import EXCEPTION_MESSAGE, EXCEPTION_STACKTRACE, EXCEPTION_TYPE

MAX_STACK_CHARS: Final = 32_768
_MARK: Final = "\n… truncated …\n"
_LAST_LINE: Final = re.compile(r"([A-Za-z_][\w.]*)(?:: (.*))?")


def exception_attributes(error: BaseException) -> dict[str, AttributeValue]:
    """Type (with its module, but for built-in ones), message and stack trace. Never raises."""
    name = type_name(error)
    try:
        stack = "".join(traceback.format_exception(error))
    except Exception as failure:  # the exception's own __str__, or a source file that cannot be read
        stack = f"{name}: <{type(failure).__name__} while the traceback was written>"
    return {
        EXCEPTION_TYPE: name,
        EXCEPTION_MESSAGE: text(error, MAX_STACK_CHARS),
        EXCEPTION_STACKTRACE: _bounded(stack),
    }


def from_text(stack: str) -> dict[str, AttributeValue]:
    """The same from a written traceback: type and message stand in its last line that is not indented."""
    made: dict[str, AttributeValue] = {EXCEPTION_STACKTRACE: _bounded(stack)}
    for line in reversed(stack.splitlines()):
        found = _LAST_LINE.fullmatch(line)
        if found:
            made[EXCEPTION_TYPE] = found[1]
            made[EXCEPTION_MESSAGE] = found[2] or ""
            break
    return made


def from_frames(frames: Sequence[object]) -> dict[str, AttributeValue]:
    """The same from structlog's tracebacks as dictionaries; the first is the one raised last."""
    raised = frames[0] if frames else None
    if not isinstance(raised, Mapping):
        return {EXCEPTION_STACKTRACE: text(frames, MAX_STACK_CHARS)}
    found = cast(Mapping[str, object], raised)
    lines = [
        f'  File "{frame.get("filename")}", line {frame.get("lineno")}, in {frame.get("name")}'
        for frame in cast(Sequence[Mapping[str, object]], found.get("frames") or ())
    ]
    kind, message = text(found.get("exc_type")), text(found.get("exc_value"), MAX_STACK_CHARS)
    stack = "\n".join(["Traceback (most recent call last):", *lines, f"{kind}: {message}"])
    return {EXCEPTION_TYPE: kind, EXCEPTION_MESSAGE: message, EXCEPTION_STACKTRACE: _bounded(stack)}


def _bounded(stack: str) -> str:
    """Both ends of a long trace: where it began and what was raised."""
    stack = text(stack, 4 * MAX_STACK_CHARS)
    if len(stack) <= MAX_STACK_CHARS:
        return stack
    half = (MAX_STACK_CHARS - len(_MARK)) // 2
    return f"{stack[:half]}{_MARK}{stack[-half:]}"
