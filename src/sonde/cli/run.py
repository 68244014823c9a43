"""`sonde run`: a program, instrumented without a change to its code."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

_WHAT = "What is sent, and where"
_LOADED = "What is instrumented"


class ProgramCommand(TyperCommand):
    """Leaves everything from the program on alone; `-m module` is `python -m module`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options that stand before the program."""
        at = self._program_at(args)
        if args[at : at + 1] == ["-m"]:
            args = [*args[:at], sys.executable, *args[at:]]
        return super().parse_args(ctx, args)

    def _program_at(self, args: list[str]) -> int:
        takes_value = {
            flag: not getattr(option, "is_flag", False) for option in self.params for flag in option.opts
        }
        at = 0
        while at < len(args) and args[at].startswith("-") and args[at] not in ("-m", "--"):
            at += 2 if takes_value.get(args[at]) else 1
        return at


def command(
    program: Annotated[
        list[str],
        typer.Argument(help="The program and its arguments: as you would type them, or `-m MODULE`."),
    ],
    service_name: Annotated[
        str | None,
        typer.Option("--service-name", metavar="NAME", help="Name of the service.", rich_help_panel=_WHAT),
    ] = None,
    service_version: Annotated[
        str | None,
        typer.Option("--service-version", metavar="VERSION", help="Its version.", rich_help_panel=_WHAT),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(
            "--environment", metavar="NAME", help="`production`, `staging` …", rich_help_panel=_WHAT
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--endpoint",
            metavar="URL",
            help="Where to send: any OTLP endpoint. By default Sonde on this machine.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    sample_ratio: Annotated[
        float | None,
        typer.Option(
            "--sample-ratio", min=0, max=1, help="Share of traces to keep, 0 to 1.", rich_help_panel=_WHAT
        ),
    ] = None,
    console: Annotated[
        bool, typer.Option("--console", help="Also print spans on standard error.", rich_help_panel=_WHAT)
    ] = False,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve",
            help="Start the local server if none runs; it stays when the program ends.",
            rich_help_panel=_WHAT,
        ),
    ] = False,
    instrument: Annotated[
        str | None,
        typer.Option(
            "--instrument",
            metavar="NAMES",
            help="Only these, separated by commas; `sonde instrument` lists names. By default all.",
            rich_help_panel=_LOADED,
        ),
    ] = None,
    no_instrument: Annotated[
        bool, typer.Option("--no-instrument", help="Instrument no library.", rich_help_panel=_LOADED)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing of Sonde's own on standard error.")
    ] = False,
) -> None:
    """Run a program that sends what it does, without a change to its code.

    `sonde.configure()` runs before the program's first line; what the program itself passes to
    `sonde.configure()` wins. Signals and the exit code are the program's own: this process becomes it.
    Children that are Python and do a part of the work are instrumented as well.

    Examples:

      sonde run python app.py

      sonde run --serve --service-name shop uvicorn shop.app:app --workers 2

      sonde run gunicorn --workers 4 shop.wsgi

      sonde run celery -A shop.tasks worker

      sonde run -m shop.jobs nightly
    """
    from sonde.errors import BadRequest
    from sonde.sdk import autoload

    if instrument is not None and no_instrument:
        raise BadRequest("cannot use --instrument together with --no-instrument", hint="give one of them")
    line = command_line(program)
    settings = {
        "SONDE_SERVICE_NAME": service_name,
        "SONDE_SERVICE_VERSION": service_version,
        "SONDE_ENVIRONMENT": environment,
        "SONDE_ENDPOINT": endpoint,
        "SONDE_SAMPLING_RATIO": None if sample_ratio is None else f"{sample_ratio:g}",
        "SONDE_CONSOLE": "true" if console else None,
        "SONDE_INSTRUMENT": "false" if no_instrument else instrument,
    }
    if serve:
        url = _serve(quiet=quiet)
        if endpoint is None:
            settings["SONDE_ENDPOINT"] = url
    if not quiet and not no_instrument:
        _name_the_missing()
    environ = autoload.environment(os.environ)
    environ |= {name: value for name, value in settings.items() if value is not None}
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execve(line[0], line, environ)
    except OSError as error:
        raise BadRequest(f"cannot run {line[0]}: {error.strerror}") from None


def command_line(program: list[str]) -> list[str]:
    """The full path of the program and its arguments. Raises BadRequest when there is no such program.

    It is looked for beside this Python, in whose environment `sonde` is, then on the path. A Python
    file that cannot be run by itself is run by this Python.
    """
    from sonde.errors import BadRequest

    name, *arguments = program
    if name.endswith(".py") and Path(name).is_file() and not os.access(name, os.X_OK):
        return [sys.executable, *program]
    beside = None if _is_a_tool_by_itself() else shutil.which(name, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(name)
    if found is None:
        raise BadRequest(
            f"cannot run {name!r}: no such program", hint="give it as you would without `sonde run`"
        )
    return [found, *arguments]


def _is_a_tool_by_itself() -> bool:
    """Whether pipx or `uv tool` installed Sonde, into an environment without the program's packages."""
    return any((Path(sys.prefix) / name).exists() for name in ("pipx_metadata.json", "uv-receipt.toml"))


def _serve(*, quiet: bool) -> str:
    from sonde.cli.local_server import local_server
    from sonde.cli.terminal import note
    from sonde.settings import load

    server = local_server(load())
    if not quiet:
        note(f"sonde: {server.url}" + (f" (started; it logs to {server.log})" if server.log else ""))
    return server.url


def _name_the_missing() -> None:
    from sonde.cli.terminal import note
    from sonde.sdk.instrument.registry import missing_of, survey

    libraries = sorted({library for each in missing_of(survey()).values() for library in each})
    if libraries:
        note(f"sonde: no instrumentation for {', '.join(libraries)}: see `sonde instrument --install`")
