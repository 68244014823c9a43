"""Severities of OpenTelemetry from the levels of logging, structlog and loguru."""

from __future__ import annotations

import logging
from typing import Final

from opentelemetry._logs import SeverityNumber

# OpenTelemetry's short names where they differ from Python's.
# Source: logs data model, "Displaying Severity".
_TEXTS: Final = {"WARNING": "WARN", "CRITICAL": "FATAL"}
_NAMES: Final = {
    "trace": 5,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "information": logging.INFO,
    "notice": logging.INFO,
    "success": 25,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "err": logging.ERROR,
    "exception": logging.ERROR,
    "critical": logging.CRITICAL,
    "crit": logging.CRITICAL,
    "fatal": logging.CRITICAL,
    "alert": logging.CRITICAL,
    "emergency": logging.CRITICAL,
}
_known: Final[dict[int, SeverityNumber]] = {}


def severity_number(level: int) -> SeverityNumber:
    """The severity of a level of `logging` or loguru: tens are the bases, what lies between is finer.

    Below DEBUG everything is a kind of TRACE; 0 is unspecified.
    """
    found = _known.get(level)
    if found is None:
        if len(_known) < 256:
            _known[level] = found = _computed(level)
        else:
            found = _computed(level)
    return found


def _computed(level: int) -> SeverityNumber:
    if level <= 0:
        return SeverityNumber.UNSPECIFIED
    if level < logging.DEBUG:
        return SeverityNumber(min(4, 1 + (level - 1) // 3))
    base, above = divmod(min(level, 59), 10)
    return SeverityNumber(1 + 4 * base + min(above, 3))


def severity_text(level_name: str) -> str:
    """OpenTelemetry's short name of a level; a name of the program's own stays as it is."""
    return _TEXTS.get(level_name, level_name)


def level_of(name: object) -> int | None:
    """The level that a name (`warning`, `WARN`, `critical`, `success`) or number stands for, else None."""
    if isinstance(name, int) and not isinstance(name, bool):
        return name
    return _NAMES.get(name.strip().lower()) if isinstance(name, str) else None
