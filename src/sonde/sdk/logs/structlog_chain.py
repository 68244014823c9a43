"""Logs of structlog: two processors around the program's own chain.

The first remembers the exception before a processor makes text of it; the other stands in the place of
the renderer, hands on to it and takes the event dictionary as it was then. Where the renderer's result goes
to `logging`, the record carries the dictionary along and is captured there, if its level is: once.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Mapping
from types import FrameType, ModuleType
from typing import Any, Final, cast

from opentelemetry.trace import get_current_span

from sonde import semconv
from sonde.sdk import current
from sonde.sdk.complaints import complain
from sonde.sdk.logs import outlet
from sonde.sdk.logs.event_dicts import attributes_of, body_of, raised
from sonde.sdk.logs.severity import level_of, severity_number, severity_text
from sonde.sdk.logs.std_logging import STRUCTURE
from sonde.sdk.logs.trace_ids import current_ids

_ERROR: Final = "_sonde_error"
# Modules whose frames stand between the program's and ours.
_ON_THE_WAY: Final = ("structlog.", "sonde.sdk.", "concurrent.futures.", "threading")
_active = False
_level = logging.NOTSET


def start(level: int) -> None:
    """Capture what chains of structlog render, from `level` on."""
    global _active, _level
    _active, _level = True, level


def stop() -> None:
    """From now on the processors hand on alone."""
    global _active
    _active = False


def surround(structlog: ModuleType) -> None:
    """Put the processors around the configured chain and every one that is configured later."""
    try:
        config = cast(Any, structlog)._config
        kind = type(config._CONFIG)
        if isinstance(vars(kind).get("default_processors"), _Chains):
            return
        chains = _Chains(kind.default_processors)
        present = config._CONFIG.default_processors
        kind.default_processors = chains
        # In place: loggers that are cached hold on to this list.
        config._CONFIG.default_processors = _surrounded(present, in_place=True)
    except Exception as error:
        complain("logs of structlog are not captured", error=error)


class _Chain(list[Any]):
    """A chain that has been seen to."""


class _Chains:
    """Takes the place of an attribute of structlog's configuration, however it is set."""

    def __init__(self, default: Iterable[Any]) -> None:
        self.default = default

    def __get__(self, config: Any, kind: type[Any]) -> Iterable[Any]:
        return self.default if config is None else config.__dict__.get("default_processors", self.default)

    def __set__(self, config: Any, processors: Iterable[Any]) -> None:
        try:
            processors = _surrounded(processors, in_place=isinstance(processors, _Chain))
        except Exception as error:
            complain("logs of structlog are not captured", error=error)
        config.__dict__["default_processors"] = processors


def _surrounded(processors: Iterable[Any], *, in_place: bool) -> Iterable[Any]:
    chain = list(processors)
    if chain and not any(isinstance(each, Captured) for each in chain):
        chain = [_remember_exception, *chain[:-1], Captured(chain[-1])]
    if in_place and isinstance(processors, list):
        processors[:] = chain
        return processors
    return _Chain(chain)


def _remember_exception(logger: object, name: str, event_dict: Any) -> Any:
    if _active:
        exc_info = event_dict.get("exc_info") or (name == "exception" and "exc_info" not in event_dict)
        error = raised(exc_info) if exc_info else None
        if error is not None:
            event_dict[_ERROR] = error
    return event_dict


class Captured:
    """The last processor of a chain; `renderer` is what was last before."""

    def __init__(self, renderer: Any) -> None:
        self.renderer = renderer

    def __call__(self, logger: Any, name: str, event_dict: Any) -> Any:
        if not _active or not isinstance(event_dict, dict):
            return self.renderer(logger, name, event_dict)
        fields = cast(dict[str, Any], event_dict)
        error = fields.pop(_ERROR, None)
        picture = fields.copy()
        trace_id, span_id = current_ids()
        if trace_id:
            fields.setdefault("trace_id", str(trace_id))
            fields.setdefault("span_id", str(span_id))
        # Rendered first: a renderer may drop the event.
        rendered = self.renderer(logger, name, fields)
        try:
            if isinstance(logger, logging.Logger):
                return _carrying((picture, error), rendered)
            _emit(logger, name, picture, error)
        except Exception as failure:
            complain("logs of structlog are not captured", error=failure)
        return rendered


def _carrying(structure: tuple[dict[str, Any], BaseException | None], rendered: Any) -> Any:
    """What structlog calls a method of `logging` with, and the structure as a field of the record."""
    if isinstance(rendered, tuple):
        args, kw = cast(tuple[tuple[Any, ...], Mapping[str, Any]], rendered)
    elif isinstance(rendered, dict):
        args, kw = (), cast(dict[str, Any], rendered)
    else:
        args, kw = (rendered,), {}
    extra: Mapping[str, Any] = kw.get("extra") or {}
    return args, {**kw, "extra": {**extra, STRUCTURE: structure}}


def _emit(logger: object, name: str, event_dict: dict[str, Any], error: BaseException | None) -> None:
    level = level_of(name)
    if level is None:
        level = level_of(event_dict.get("level")) or logging.INFO
    if level < _level:
        return
    frame = _caller()
    scope = event_dict.get("logger") or getattr(logger, "name", None)
    if not isinstance(scope, str):
        scope = frame.f_globals.get("__name__", "structlog") if frame else "structlog"
    context = current.now()
    if not outlet.leaves(scope, context):
        return
    attributes = attributes_of(event_dict, error)
    if frame is not None:
        attributes.setdefault(semconv.CODE_FILE_PATH, frame.f_code.co_filename)
        attributes.setdefault(semconv.CODE_LINE_NUMBER, frame.f_lineno)
        attributes.setdefault(semconv.CODE_FUNCTION_NAME, frame.f_code.co_qualname)
    outlet.emit(
        scope,
        context,
        get_current_span(context).get_span_context(),
        time.time_ns(),
        severity_number(level),
        severity_text(logging.getLevelName(level)),
        body_of(event_dict),
        attributes,
    )


def _caller() -> FrameType | None:
    """The program's frame that logs; asynchronous methods log in a thread, and keep it by themselves."""
    frame: FrameType | None = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] -- inspect would read the sources
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(_ON_THE_WAY):
            return frame
        frame = frame.f_back
    kept = getattr(sys.modules.get("structlog.contextvars"), "_ASYNC_CALLING_STACK", None)
    return kept.get(None) if kept is not None else None
