"""`sonde pipelines`: executions of pipelines, one of them, and how scripts fare."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.options import (
    DataDirOption,
    ExportOption,
    Format,
    FormatOption,
    KeyOption,
    SinceOption,
    TimeRangeOption,
    UntilOption,
    UrlOption,
    chosen_format,
    read_settings,
    time_params,
)

if TYPE_CHECKING:
    from sonde.cli.table import Row

app = typer.Typer(help="List executions of pipelines, look at one, compare scripts.")

TriggerOption = Annotated[str, typer.Option("--trigger", metavar="EVENT", help="Only of this trigger event.")]


@app.callback(invoke_without_command=True)
def pipelines(
    context: typer.Context,
    trigger: TriggerOption = "",
    status: Annotated[
        str, typer.Option("--status", metavar="STATUS", help="Only running, success, blocked or error.")
    ] = "",
    user: Annotated[str, typer.Option("--user", metavar="ID", help="Only of this user.")] = "",
    ip: Annotated[str, typer.Option("--ip", metavar="ADDRESS", help="Only asked for from here.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Most executions; by default 100.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.", hidden=True)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All pages, not only the first.")] = False,
    format: FormatOption = None,
    export: ExportOption = None,
    time_range: TimeRangeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    url: UrlOption = None,
    data_dir: DataDirOption = None,
    api_key: KeyOption = None,
) -> None:
    """List executions of pipelines, newest first; `show` has one of them, `scripts` their scripts.

    Exits with 1 when there are none.

    Examples:

      sonde pipelines --trigger before_signin --status blocked

      sonde pipelines --user usr_1 --time-range 7d --format json
    """
    if context.invoked_subcommand is not None:
        return
    from sonde.cli.columns import PIPELINES
    from sonde.cli.listing import Listing
    from sonde.cli.query import nothing_found
    from sonde.cli.source import open_source

    shape = chosen_format(format, export)
    params: dict[str, str | int] = dict(time_params(time_range, since, until))
    chosen = {"trigger": trigger, "status": status, "userId": user, "ip": ip, "cursor": cursor or ""}
    params |= {name: value for name, value in chosen.items() if value}
    if limit is not None:
        params["limit"] = limit
    if shape is Format.TABLE:
        params["data"] = "false"
    with open_source(read_settings(url, data_dir, api_key)) as source:
        count = Listing(source, PIPELINES, params).write(shape, export=export, everything=everything)
    if not count:
        nothing_found("executions of pipelines", "", params)


@app.command("show")
def show(
    trace_id: Annotated[
        str, typer.Argument(metavar="TRACE", help="Id of the execution's trace.", show_default=False)
    ],
    span: Annotated[str, typer.Option("--span", metavar="ID", help="Of several in a trace this one.")] = "",
    format: FormatOption = None,
    export: ExportOption = None,
    url: UrlOption = None,
    data_dir: DataDirOption = None,
    api_key: KeyOption = None,
) -> None:
    """Show one execution: its layers of scripts in true time, what each changed, who blocked it and why.

    Exits with 1 when there is none.

    Examples:

      sonde pipelines show 4bf92f3577b34da6a3ce929d0e0e4736

      sonde pipelines show 4bf92f3577b34da6a3ce929d0e0e4736 --format json | jq .changes
    """
    from urllib.parse import quote

    from sonde.cli.listing import destination
    from sonde.cli.source import open_source
    from sonde.cli.terminal import harmless_json, out
    from sonde.errors import BadRequest

    shape = chosen_format(format, export)
    if shape is Format.CSV:
        raise BadRequest("cannot write one execution as CSV", hint="use --format json")
    path = f"/api/v1/pipelines/{quote(trace_id, safe='')}"
    with open_source(read_settings(url, data_dir, api_key)) as source:
        text = source.get_text(path, {"spanId": span} if span else {})
    if shape is Format.JSON:
        with destination(export) as file:
            file.write(harmless_json(text) + "\n")
        return
    _draw(json.loads(text), out().width)


@app.command("scripts")
def scripts(
    trigger: TriggerOption = "",
    format: FormatOption = None,
    export: ExportOption = None,
    time_range: TimeRangeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    url: UrlOption = None,
    data_dir: DataDirOption = None,
    api_key: KeyOption = None,
) -> None:
    """List scripts with how often they ran, failed, blocked and were skipped, and how long they took.

    Exits with 1 when there are none.

    Examples:

      sonde pipelines scripts --trigger before_signin
    """
    from sonde.cli.columns import SCRIPTS
    from sonde.cli.listing import Listing
    from sonde.cli.query import nothing_found
    from sonde.cli.source import open_source

    params: dict[str, str | int] = dict(time_params(time_range, since, until))
    if trigger:
        params["trigger"] = trigger
    with open_source(read_settings(url, data_dir, api_key)) as source:
        count = Listing(source, SCRIPTS, params).write(chosen_format(format, export), export=export)
    if not count:
        nothing_found("scripts of pipelines", "", params)


def _draw(execution: Row, width: int) -> None:
    from sonde.cli.layers import drawn
    from sonde.cli.table import print_lines
    from sonde.cli.terminal import note, out

    print_lines(drawn(execution, width), out())
    if execution["others"]:
        ids = ", ".join(str(each["spanId"]) for each in execution["others"])
        note(f"more executions in this trace: --span {ids}")
