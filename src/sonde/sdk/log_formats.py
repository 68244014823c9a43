"""Formats of the program's text logs, those in use and those to come, as handlers of `logging` get them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

Look = Callable[[logging.Formatter], None]

ID_FIELDS: Final = ("trace_id", "span_id")

Setting = Callable[[logging.Handler, logging.Formatter | None], None]
_look: Look | None = None


def watch(look: Look) -> None:
    """Show `look` every formatter that a handler has or gets; it takes the place of an earlier one."""
    global _look
    if _look is None:
        original = cast(Setting, logging.Handler.setFormatter)
        cast(Any, logging.Handler).setFormatter = _looking(original)
    _look = look
    for handler in _handlers():
        if handler.formatter is not None:
            look(handler.formatter)


def blank_ids(formatter: logging.Formatter) -> None:
    """Let a format that shows the ids show nothing for a record without them, where it would fail."""
    style = getattr(formatter, "_style", None)
    pattern = pattern_of(formatter)
    if isinstance(style, logging.PercentStyle) and any(field in pattern for field in ID_FIELDS):
        given: dict[str, Any] = getattr(style, "_defaults", None) or {}
        vars(style)["_defaults"] = {**dict.fromkeys(ID_FIELDS, ""), **given}


def pattern_of(formatter: logging.Formatter) -> str:
    """The format, empty where it is not one of `logging`'s."""
    return str(getattr(formatter, "_fmt", None) or "")


def _looking(original: Setting) -> Setting:
    def set_formatter(handler: logging.Handler, fmt: logging.Formatter | None) -> None:
        if _look is not None and fmt is not None:
            _look(fmt)
        original(handler, fmt)

    return set_formatter


def _handlers() -> Iterable[logging.Handler]:
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    return [each for logger in loggers if isinstance(logger, logging.Logger) for each in logger.handlers]
