"""The application: its commands, and what becomes of an error."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from sonde import __version__
from sonde.cli import (
    ai,
    audit,
    cleanup,
    doctor,
    entities,
    failures,
    flush,
    generate,
    health,
    instrument,
    keys,
    link,
    metrics,
    orchestrations,
    pipelines,
    query,
    run,
    runs,
    sampling,
    serve,
    services,
    sql,
    statements,
    tail,
    trace,
    verify,
)
from sonde.cli.exits import MEANING, ExitCode, exit_code, show_error
from sonde.errors import SondeError

_EPILOG = (
    "Exit codes: "
    + "; ".join(f"{int(code)} {meaning}" for code, meaning in MEANING.items())
    + ". Settings come from flags, SONDE_* variables, sonde.toml."
)


class CommandGroup(TyperGroup):
    """Turns errors into a message and an exit code; a reader that has gone ends the command quietly."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except typer.BadParameter as error:
            # As validation has it: the words are the library's.
            error.message = error.message.replace("Value error, ", "").replace(
                "Input should be", "it must be"
            )
            raise
        except SondeError as error:
            from sonde.cli.terminal import err

            show_error(error, err())
            raise typer.Exit(exit_code(error)) from None
        except BrokenPipeError:
            # Whatever is still buffered would fail again when the interpreter flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.OK) from None
        return result


app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sonde {__version__}")
        raise typer.Exit


@app.callback()
def sonde(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Sonde: the telemetry system you can pip install. OpenTelemetry in, answers out."""


_SERVER = "Server"
_READ = "Look at telemetry"
_CARE = "Look after it"
_SEND = "Send telemetry"

app.command("serve", rich_help_panel=_SERVER)(serve.command)
app.command(
    "run", cls=run.ProgramCommand, context_settings={"allow_interspersed_args": False}, rich_help_panel=_SEND
)(run.command)
app.command("instrument", rich_help_panel=_SEND)(instrument.command)
app.command("query", rich_help_panel=_READ)(query.command)
app.command("trace", rich_help_panel=_READ)(trace.command)
app.command("tail", rich_help_panel=_READ)(tail.command)
app.command("services", rich_help_panel=_READ)(services.command)
app.command("errors", rich_help_panel=_READ)(failures.command)
app.command("statements", rich_help_panel=_READ)(statements.command)
app.command("sampling", rich_help_panel=_READ)(sampling.command)
app.command("metrics", rich_help_panel=_READ)(metrics.command)
app.add_typer(pipelines.app, name="pipelines", rich_help_panel=_READ)
app.add_typer(runs.app, name="runs", rich_help_panel=_READ)
app.add_typer(orchestrations.app, name="orchestrations", rich_help_panel=_READ)
app.add_typer(entities.app, name="entities", rich_help_panel=_READ)
app.add_typer(ai.app, name="ai", rich_help_panel=_READ)
app.add_typer(link.app, name="link", rich_help_panel=_READ)
app.command("sql", rich_help_panel=_READ)(sql.command)
app.command("verify", rich_help_panel=_CARE)(verify.command)
app.command("generate", rich_help_panel=_CARE)(generate.command)
app.command("audit", rich_help_panel=_CARE)(audit.command)
app.command("cleanup", rich_help_panel=_CARE)(cleanup.command)
app.command("health", rich_help_panel=_CARE)(health.command)
app.command("doctor", rich_help_panel=_CARE)(doctor.command)
app.command("flush", rich_help_panel=_CARE)(flush.command)
app.add_typer(keys.app, name="keys", rich_help_panel=_SERVER)
