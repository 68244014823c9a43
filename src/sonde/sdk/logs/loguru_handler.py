"""Logs of loguru: a handler among the program's own that `logger.remove()` does not get rid of.

It takes what any of the other handlers would write, or, where there are none, what a new one would by
default. It stands first, so that formats of the others can show `{extra[trace_id]}`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final, cast

from opentelemetry.trace import get_current_span
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk import current
from sonde.sdk.complaints import complain
from sonde.sdk.logs import outlet
from sonde.sdk.logs.exceptions import exception_attributes
from sonde.sdk.logs.forwarding import comes_from_logging, under_way
from sonde.sdk.logs.severity import severity_number, severity_text
from sonde.sdk.logs.trace_ids import current_ids
from sonde.sdk.values import acceptable_attributes, text

# Loguru counts its handlers from 0.
_ID: Final = -1
_active = False
_level = logging.NOTSET


def start(level: int) -> None:
    """Capture from `level` on."""
    global _active, _level
    _active, _level = True, level


def stop() -> None:
    """Take the handler out again."""
    global _active
    _active = False
    loguru = cast(Any, sys.modules.get("loguru"))
    if loguru is not None and _ID in loguru.logger._core.handlers:
        loguru.logger.remove(_ID)


def join(loguru: ModuleType) -> None:
    """Put the handler among those of loguru's one logger."""
    try:
        _mark_sinks(loguru)
        core = cast(Any, loguru).logger._core
        with core.lock:
            if _ID not in core.handlers:
                _Handler(core, _default_level(loguru)).join()
    except Exception as error:
        complain("logs of loguru are not captured", error=error)


def _default_level(loguru: ModuleType) -> int:
    """What a handler that is added without a level writes: LOGURU_LEVEL, a name or a number."""
    wanted = cast(Any, loguru)._defaults.LOGURU_LEVEL
    return int(cast(Any, loguru).logger.level(wanted).no if isinstance(wanted, str) else wanted)


def _mark_sinks(loguru: ModuleType) -> None:
    """Let `logging` know that a record comes from a sink of loguru."""
    sinks = cast(Any, loguru)._simple_sinks
    for kind in (sinks.StandardSink, sinks.CallableSink):
        if not hasattr(kind.write, "__wrapped__"):
            kind.write = _marking(kind.write)


def _marking(write: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def marking(sink: Any, message: Any) -> None:
        outer, under_way.from_loguru = under_way.from_loguru, message.record
        try:
            write(sink, message)
        finally:
            under_way.from_loguru = outer

    cast(Any, marking).__wrapped__ = write
    return marking


class _Handler:
    """Has what loguru asks of a handler. Its own handlers lock and format, and are not reentrant."""

    def __init__(self, core: Any, default_level: int) -> None:
        self._core = core
        self._default_level = default_level

    @property
    def levelno(self) -> float:
        """The least level that any other handler writes."""
        others = [handler.levelno for number, handler in self._core.handlers.items() if number != _ID]
        return min(others, default=self._default_level)

    def join(self) -> None:
        """Be the first handler. To be called with loguru's lock held."""
        self._core.handlers = {_ID: self, **self._core.handlers}
        self._core.min_level = min(self._core.min_level, self.levelno)

    def emit(
        self,
        record: dict[str, Any],
        level_id: object,
        from_decorator: object,
        is_raw: object,
        colored: object,
    ) -> None:
        """Take a record. Never raises."""
        if not _active:
            return
        try:
            trace_id, span_id = current_ids()
            attributes = record["extra"].copy()
            record["extra"].setdefault("trace_id", str(trace_id))
            record["extra"].setdefault("span_id", str(span_id))
            level = record["level"].no
            if level < self.levelno:
                self._raise_level()
            elif level >= _level and not comes_from_logging(record["message"]):
                _emit(record, attributes)
        except Exception as error:
            complain("logs of loguru are not captured", error=error)

    def _raise_level(self) -> None:
        """Let loguru know that nobody wants such a record any more; it looks only when a handler goes."""
        if self._core.lock.acquire(blocking=False):
            try:
                self._core.min_level = self.levelno
            finally:
                self._core.lock.release()

    def stop(self) -> None:
        """Loguru has taken the handler out, and holds its lock: come back, as long as logs are captured."""
        if _active:
            self.join()

    def complete_queue(self) -> None:
        """Nothing is queued here."""

    def tasks_to_complete(self) -> list[Any]:
        """None."""
        return []

    def update_format(self, level_id: object) -> None:
        """Nothing is formatted here."""


def _emit(record: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
    context = current.now()
    scope = record["name"] or "loguru"
    if not outlet.leaves(scope, context):
        return
    attributes: dict[str, AttributeValue] = dict(acceptable_attributes(extra))
    attributes[semconv.CODE_FILE_PATH] = record["file"].path
    attributes[semconv.CODE_LINE_NUMBER] = record["line"]
    attributes[semconv.CODE_FUNCTION_NAME] = record["function"]
    error = record["exception"]
    if error is not None and error.value is not None:
        attributes.update(exception_attributes(error.value))
    level = record["level"]
    outlet.emit(
        scope,
        context,
        get_current_span(context).get_span_context(),
        int(record["time"].timestamp() * 1e9),
        severity_number(level.no),
        severity_text(level.name),
        text(record["message"]),
        attributes,
    )
