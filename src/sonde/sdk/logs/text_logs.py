"""Trace and span ids in the lines that `logging` writes.

Every record has the fields `trace_id` and `span_id` for a format to show. A format that the program chose
stays as it is; the one of `basicConfig()`, which nobody chose, ends with the ids within a span.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Final, cast

from sonde.sdk.logs.std_logging import show_otel_fields

_BASIC: Final = frozenset(
    {logging.BASIC_FORMAT, "{levelname}:{name}:{message}", "${levelname}:${name}:${message}"}
)
_original = logging.Handler.setFormatter
_active = False


class _WithIds:
    """Stands before the style of a formatter."""

    def __init__(self, style: logging.PercentStyle) -> None:
        self._style = style

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_style"], name)

    def format(self, record: logging.LogRecord) -> str:
        line = self._style.format(record)
        trace_id = record.__dict__.get("trace_id")
        if not _active or not trace_id or trace_id in line:
            return line
        return f"{line} trace_id={trace_id} span_id={record.__dict__.get('span_id')}"


def start() -> None:
    """Look at every formatter that is in use, and at those that will be."""
    global _original, _active
    if not _active and logging.Handler.setFormatter is not _set_formatter:
        _original = logging.Handler.setFormatter
        cast(Any, logging.Handler).setFormatter = _set_formatter
    _active = True
    for handler in _handlers():
        _look_at(handler.formatter)


def stop() -> None:
    """Undo `start()`."""
    global _active
    _active = False
    if logging.Handler.setFormatter is _set_formatter:
        cast(Any, logging.Handler).setFormatter = _original


def _handlers() -> Iterable[logging.Handler]:
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    return [
        handler for logger in loggers if isinstance(logger, logging.Logger) for handler in logger.handlers
    ]


def _set_formatter(handler: logging.Handler, fmt: logging.Formatter | None) -> None:
    _look_at(fmt)
    _original(handler, fmt)


def _look_at(formatter: object) -> None:
    """Add the ids to the basic format, and the fields that a format made for OpenTelemetry refers to."""
    pattern = str(getattr(formatter, "_fmt", ""))
    if "otel" in pattern:
        show_otel_fields()
    style = getattr(formatter, "_style", None)
    if type(formatter) is logging.Formatter and pattern in _BASIC and isinstance(style, logging.PercentStyle):
        vars(formatter)["_style"] = _WithIds(style)
