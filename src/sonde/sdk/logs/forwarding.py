"""One log that goes through two libraries is sent once.

Programs hand the logs of `logging` to loguru, or the other way round. Which record a thread is handing
on at the moment is kept here, so that the second library knows that it gets the first one's.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Final


class _Thread(threading.local):
    from_logging: logging.LogRecord | None = None
    from_loguru: dict[str, Any] | None = None


under_way: Final = _Thread()


def comes_from_loguru(record: logging.LogRecord) -> bool:
    """Whether this record of `logging` is one that a sink of loguru is writing in this thread."""
    origin = under_way.from_loguru
    if origin is None:
        return False
    return record.__dict__.get("extra") is origin["extra"] or _same(record.getMessage(), origin["message"])


def comes_from_logging(message: str) -> bool:
    """Whether a handler of `logging` is handing this message on in this thread."""
    origin = under_way.from_logging
    return origin is not None and _same(message, origin.getMessage())


def _same(outer: str, inner: str) -> bool:
    """Equal, or one within the other: a formatter may have put something around it."""
    return outer == inner or (bool(inner) and inner in outer) or (bool(outer) and outer in inner)
