"""Where a span was made: `code.file.path`, `code.line.number` and `code.function.name` of the caller.

Looked up once for each place in the program, then found by the identity of its code: walking the stack
costs tens of nanoseconds, reading names and line numbers anew would cost microseconds.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any, Final, cast

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.trace import Span
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk.values import text

Place = Mapping[str, AttributeValue]

_NOWHERE: Final[Place] = {}
_OURS: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_CONTEXTLIB: Final = contextlib.__file__

# A program that makes code without end (eval in a loop) must not fill the memory.
_MAX_PLACES: Final = 8_192

# By identity of the code and position in it; None for code of ours, whose caller is meant. The code itself is
# held as well: its identity is its own only while it lives.
_places: Final[dict[tuple[int, int], tuple[CodeType, Place | None]]] = {}


def caller(depth: int = 1) -> Place:
    """The place of the nearest frame outside Sonde and contextlib, from `depth` frames above who asks."""
    frame: FrameType | None = sys._getframe(depth + 1)  # pyright: ignore[reportPrivateUsage] -- documented
    while frame is not None:
        known = _places.get((id(frame.f_code), frame.f_lasti))
        place = known[1] if known is not None else _look(frame)
        if place is not None:
            return place
        frame = frame.f_back
    return _NOWHERE


def mark(span: Span, place: Place) -> None:
    """Set the attributes of `place` on a span that has just been made; what the program said itself stands.

    They are known to be good: where there is room they go past the SDK's checks, which cost a twentieth of a
    span.
    """
    held = getattr(span, "_attributes", None)
    if type(held) is not BoundedAttributes or not hasattr(held, "_dict"):
        span.set_attributes(place)
        return
    known = held._dict  # pyright: ignore[reportPrivateUsage] -- the public way checks every value again
    if known.keys().isdisjoint(place) and (held.maxlen is None or len(known) + len(place) <= held.maxlen):
        known.update(place)
    else:
        span.set_attributes({name: value for name, value in place.items() if name not in known})


def of_function(function: Callable[..., Any]) -> Place:
    """The attributes of a function: the line of its definition; nothing for what has no Python code."""
    code = cast(CodeType | None, getattr(function, "__code__", None))
    if code is None:
        return _NOWHERE
    return _attributes(code, code.co_firstlineno, getattr(function, "__module__", None))


def _look(frame: FrameType) -> Place | None:
    code = frame.f_code
    if code.co_filename.startswith(_OURS) or code.co_filename == _CONTEXTLIB:
        place = None
    else:
        place = _attributes(code, frame.f_lineno, frame.f_globals.get("__name__"))
    if len(_places) >= _MAX_PLACES:
        _places.clear()
    _places[id(code), frame.f_lasti] = (code, place)
    return place


def _attributes(code: CodeType, line: int, module: object) -> Place:
    name = code.co_qualname
    return {
        semconv.CODE_FILE_PATH: text(code.co_filename),
        semconv.CODE_LINE_NUMBER: line,
        semconv.CODE_FUNCTION_NAME: f"{module}.{name}" if isinstance(module, str) else name,
    }
