"""Requests that Sonde makes in a program, or in its server: no telemetry, and no lines of the log."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from opentelemetry.instrumentation.utils import suppress_instrumentation

_under_way: Final = ContextVar("sonde-own-requests", default=False)
_log_of_httpx: Final = logging.getLogger("httpx")


@contextmanager
def own_requests() -> Generator[None]:
    """What is asked in this block, in this thread or task, is asked by Sonde."""
    # httpx logs every request at info. Added each time: settings of logging may have taken it away.
    _log_of_httpx.addFilter(_is_the_programs)
    before = _under_way.set(True)
    try:
        with suppress_instrumentation():
            yield
    finally:
        _under_way.reset(before)


def _is_the_programs(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or not _under_way.get()
