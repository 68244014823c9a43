"""Commands of Click and of Typer become records of the sink when they end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, cast

from sonde import semconv
from sonde.sdk.complaints import complain
from sonde.sdk.exceptions import type_name
from sonde.sdk.instrument.patch import Function, Patch
from sonde.sdk.sink import write
from sonde.sdk.sink_records import SinkRecord

# What a shell shows for a program that Ctrl-C ended.
_INTERRUPTED: Final = 130


def recording(core: ModuleType) -> Patch:
    """What records the commands of one copy of Click, of which this is the module `core`."""
    return Patch(vars(core)["Command"], "invoke", _timed)


def _exit_code(error: BaseException | None) -> int:
    """What Click's `main()` ends the process with after this."""
    if error is None:
        return 0
    if {"Exit", "ClickException"} & {kind.__name__ for kind in type(error).__mro__}:
        return int(cast(Any, error).exit_code)
    if isinstance(error, SystemExit):
        return 0 if error.code is None else error.code if isinstance(error.code, int) else 1
    return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def _timed(original: Function) -> Callable[[Any, Any], Any]:
    def invoke(command: Any, ctx: Any) -> Any:
        if ctx.invoked_subcommand is not None:
            # A group on the way to the command that was meant.
            return original(command, ctx)
        process, began = os.getpid(), time.perf_counter()
        error: BaseException | None = None
        try:
            return original(command, ctx)
        except BaseException as raised:
            error = raised
            raise
        finally:
            # A child that was forked meanwhile leaves by this way as well.
            if process == os.getpid():
                _record(ctx, (time.perf_counter() - began) * 1000, error)

    return invoke


def _record(ctx: Any, duration_ms: float, error: BaseException | None) -> None:
    """Never raises. Values of parameters stay here: they may be secret."""
    try:
        code = _exit_code(error)
        attributes: dict[str, object] = {
            semconv.EXIT_CODE: code,
            semconv.COMMAND_PARAMETERS: _given(ctx),
        }
        if error is not None and code:
            attributes[semconv.ERROR_TYPE] = type_name(error)
            attributes[semconv.ERROR_DETAIL] = getattr(error, "message", None) or str(error)
        write(
            SinkRecord(
                "command",
                name=ctx.command_path,
                duration_ms=duration_ms,
                status="error" if code else "success",
                severity="error" if code else "info",
                attributes=attributes,
            )
        )
    except Exception as trouble:
        complain("cannot make a record of a command", error=trouble)


def _given(ctx: Any) -> list[str]:
    """Names of the parameters that came from the command line or the environment."""
    given: list[str] = []
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        if source is not None and source.name in ("COMMANDLINE", "ENVIRONMENT", "PROMPT"):
            given.append(name)
    return sorted(given)
