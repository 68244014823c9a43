"""Logs of the program, captured as OpenTelemetry log records: `logging`, structlog, loguru.

What the program itself writes stays what it is, but for the ids of the current span, which its formats
can show (see `text_logs`). `print` is nobody's business.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from opentelemetry._logs import LoggerProvider

from sonde.sdk.complaints import complain
from sonde.sdk.logs import loguru_handler, outlet, std_logging, structlog_chain, text_logs


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """`level` is the least that is captured (10 DEBUG, 20 INFO …); 0 leaves that to the program's loggers.

    Without `ids_in_text` the format of `basicConfig()` stays as it is too; the fields are there all the same.
    """

    level: int = logging.NOTSET
    ids_in_text: bool = True
    service_name: str = ""


_hooked: Final[set[str]] = set()


def start_capture(provider: LoggerProvider | None, options: CaptureOptions | None = None) -> None:
    """Let the program's logs flow through `provider` as well; with None only have their ids in the text logs.

    What is imported later is captured too. Called again, the last call counts. Never raises.
    """
    options = options or CaptureOptions()
    outlet.open_to(provider)
    std_logging.start(options.level, options.service_name)
    text_logs.start(ending=options.ids_in_text)
    structlog_chain.start(options.level)
    loguru_handler.start(options.level)
    _when_imported("structlog", structlog_chain.surround)
    _when_imported("loguru", loguru_handler.join)


def stop_capture() -> None:
    """Undo `start_capture()`; a format that shows the ids shows nothing in their place."""
    outlet.open_to(None)
    std_logging.stop()
    text_logs.stop()
    structlog_chain.stop()
    loguru_handler.stop()


def _when_imported(name: str, hook: Callable[[ModuleType], None]) -> None:
    """Call the hook with the module: now if the program has it already, else when it comes."""
    try:
        module = sys.modules.get(name)
        # An import that is under way ends with the hook.
        if module is not None and not getattr(module.__spec__, "_initializing", False):
            hook(module)
        elif name not in _hooked:
            from wrapt import register_post_import_hook

            # It cannot be taken back: a hook that is called while nothing is captured does no harm.
            register_post_import_hook(hook, name)
            _hooked.add(name)
    except Exception as error:
        complain("logs of %s are not captured", name, error=error)
