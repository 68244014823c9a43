"""`sonde pipelines`: executions of pipelines, one of them, and how scripts fare."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import Output, Paging, Server, Times, grouped
from sonde.cli.options import (
    Format,
)

if TYPE_CHECKING:
    from sonde.cli.listing import Listing
    from sonde.cli.table import Row

app = typer.Typer(help="List executions of pipelines, look at one, compare scripts.")

TriggerOption = Annotated[str, typer.Option("--trigger", metavar="EVENT", help="Only of this trigger event.")]


@app.callback(invoke_without_command=True)
@grouped
def pipelines(
    context: typer.Context,
    trigger: TriggerOption = "",
    status: Annotated[
        str, typer.Option("--status", metavar="STATUS", help="Only running, success, blocked or error.")
    ] = "",
    user: Annotated[str, typer.Option("--user", metavar="ID", help="Only of this user.")] = "",
    ip: Annotated[str, typer.Option("--ip", metavar="ADDRESS", help="Only asked for from here.")] = "",
    *,
    paging: Paging,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List executions of pipelines, newest first; `show` has one of them, `scripts` their scripts.

    Exits with 1 when there are none.

    Examples:

      sonde pipelines --trigger before_signin --status blocked

      sonde pipelines --user usr_1 --time-range 7d --format json
    """
    if context.invoked_subcommand is not None:
        return
    from sonde.cli.job_columns import PIPELINES
    from sonde.cli.listing import Listing
    from sonde.cli.query import nothing_found

    shape = output.shape()
    params = times.params() | paging.params()
    chosen = {"trigger": trigger, "status": status, "userId": user, "ip": ip}
    params |= {name: value for name, value in chosen.items() if value}
    if shape is Format.TABLE:
        params["data"] = "false"
    with server.open() as source:
        listing = Listing(source, PIPELINES, params)
        count = listing.write(shape, export=output.export, everything=paging.all)
    if not count:
        nothing_found("executions of pipelines", "", params, listing.statuses)


@app.command("show")
@grouped
def show(
    trace_id: Annotated[
        str,
        typer.Argument(
            metavar="TRACE",
            help="Id of the execution's trace; its first 6 or more digits do.",
            show_default=False,
        ),
    ],
    span: Annotated[str, typer.Option("--span", metavar="ID", help="Of several in a trace this one.")] = "",
    *,
    output: Output,
    server: Server,
) -> None:
    """Show one execution: its layers of scripts in true time, what each changed, who blocked it and why.

    Exits with 1 when there is none.

    Examples:

      sonde pipelines show 4bf92f3577b34da6a3ce929d0e0e4736

      sonde pipelines show 4bf92f3577b34da6a3ce929d0e0e4736 --format json | jq .changes
    """
    from sonde.cli.listing import destination
    from sonde.cli.terminal import harmless_json, out
    from sonde.cli.trace_ids import whole_trace_id
    from sonde.errors import BadRequest

    shape = output.shape()
    if shape is Format.CSV:
        raise BadRequest("cannot write one execution as CSV", hint="use --format json")
    with server.open() as source:
        whole = whole_trace_id(source, trace_id)
        text = source.get_text(f"/api/v1/pipelines/{whole}", {"spanId": span} if span else {})
    if shape is Format.JSON:
        with destination(output.export) as file:
            file.write(harmless_json(text) + "\n")
        return
    _draw(json.loads(text), out().width)


@app.command("scripts")
@grouped
def scripts(
    trigger: TriggerOption = "",
    over_time: Annotated[
        bool,
        typer.Option("--over-time", help="The rates of each script over time; as CSV a line for each step."),
    ] = False,
    *,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List scripts with how often they ran, failed, blocked and were skipped, and how long they took.

    Exits with 1 when there are none.

    Examples:

      sonde pipelines scripts --trigger before_signin

      sonde pipelines scripts --trigger before_signin --over-time --time-range 24h
    """
    from sonde.cli.job_columns import SCRIPTS
    from sonde.cli.listing import Listing
    from sonde.cli.query import nothing_found

    params = times.params()
    if trigger:
        params["trigger"] = trigger
    with server.open() as source:
        listing = Listing(source, SCRIPTS, params)
        # JSON has both anyway.
        if over_time and output.shape() is not Format.JSON:
            count = _write_series(listing, output)
        else:
            count = listing.write(output.shape(), export=output.export)
    if not count:
        nothing_found("scripts of pipelines", "", params)


def _write_series(listing: Listing, output: Output) -> int:
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.listing import destination
    from sonde.cli.script_series import POINT_FIELDS, drawn, points
    from sonde.cli.table import print_lines
    from sonde.cli.terminal import out

    rows = listing.all_rows()
    if output.shape() is Format.CSV:
        with destination(output.export) as file:
            CsvWriter(file, POINT_FIELDS).rows(list(points(rows)))
    elif rows:
        print_lines(drawn(rows, out().width), out())
    return len(rows)


def _draw(execution: Row, width: int) -> None:
    from sonde.cli.layers import drawn
    from sonde.cli.table import print_lines
    from sonde.cli.terminal import note, out

    print_lines(drawn(execution, width), out())
    if execution["others"]:
        ids = ", ".join(str(each["spanId"]) for each in execution["others"])
        note(f"more executions in this trace: --span {ids}")
