"""Trace and span ids in the lines that `logging` writes.

Every record has the fields `trace_id` and `span_id` for a format to show. A format that the program chose
stays as it is; the one of `basicConfig()`, which nobody chose, ends with the ids within a span.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from sonde.sdk import log_formats
from sonde.sdk.log_formats import blank_ids, pattern_of
from sonde.sdk.logs.std_logging import show_otel_fields

_BASIC: Final = frozenset(
    {logging.BASIC_FORMAT, "{levelname}:{name}:{message}", "${levelname}:${name}:${message}"}
)
_ending = False


class _WithIds:
    """Stands before the style of a formatter."""

    def __init__(self, style: logging.PercentStyle) -> None:
        self._style = style

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_style"], name)

    def format(self, record: logging.LogRecord) -> str:
        line = self._style.format(record)
        trace_id = record.__dict__.get("trace_id")
        if not _ending or not trace_id or trace_id in line:
            return line
        return f"{line} trace_id={trace_id} span_id={record.__dict__.get('span_id')}"


def start(*, ending: bool) -> None:
    """See to every format in use and to come. `ending`: the basic one gets the ids at its end."""
    global _ending
    _ending = ending
    log_formats.watch(_see_to)


def stop() -> None:
    """Let formats be."""
    global _ending
    _ending = False
    log_formats.watch(blank_ids)


def _see_to(formatter: logging.Formatter) -> None:
    blank_ids(formatter)
    pattern = pattern_of(formatter)
    if "otel" in pattern:
        show_otel_fields()
    style = getattr(formatter, "_style", None)
    if type(formatter) is logging.Formatter and pattern in _BASIC and isinstance(style, logging.PercentStyle):
        vars(formatter)["_style"] = _WithIds(style)
