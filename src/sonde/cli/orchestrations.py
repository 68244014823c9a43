"""`sonde orchestrations`: long jobs in phases, as a list and one by one."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from sonde.cli.groups import AllTimes, Output, Paging, Server, Times, grouped
from sonde.cli.options import (
    Format,
)

app = typer.Typer(invoke_without_command=True)

_FILTER = "Filters (all must match)"


@app.callback()
@grouped
def command(
    context: typer.Context,
    status: Annotated[
        list[str] | None,
        typer.Option(
            help="Only those running, success, violated, error, unset; may be repeated.",
            rich_help_panel=_FILTER,
        ),
    ] = None,
    component: Annotated[
        str | None, typer.Option(help="Only those that this component took part in.", rich_help_panel=_FILTER)
    ] = None,
    violations: Annotated[
        bool,
        typer.Option("--violations", help="Only those in which a rule was broken.", rich_help_panel=_FILTER),
    ] = False,
    *,
    paging: Paging,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List orchestrations, newest first; `sonde orchestrations show ID` shows one.

    Exits with 1 when there are none.

    Examples:

      sonde orchestrations --time-range 7d

      sonde orchestrations --status error --component daemon

      sonde orchestrations --violations --format json
    """
    if context.invoked_subcommand is not None:
        return
    from sonde.cli.job_columns import ORCHESTRATIONS
    from sonde.cli.listing import Listing
    from sonde.cli.query import nothing_found

    params = times.params() | paging.params()
    wanted = {
        "status": ",".join(status or ()),
        "component": component or "",
        "violations": "true" if violations else "",
    }
    params |= {name: value for name, value in wanted.items() if value}
    with server.open() as source:
        listing = Listing(source, ORCHESTRATIONS, params)
        count = listing.write(output.shape(), export=output.export, everything=paging.all)
    if not count and listing.next_cursor is None:
        nothing_found("orchestrations", "", params, listing.statuses)


@app.command("show")
@grouped
def show(
    orchestration_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the orchestration.", show_default=False)
    ],
    phase: Annotated[str, typer.Option(help="Only what happened in this phase.")] = "",
    component: Annotated[str, typer.Option(help="Only what this component did and told.")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Most spans, and most events. By default 1000.")
    ] = None,
    *,
    output: Output,
    times: AllTimes,
    server: Server,
) -> None:
    """Show one orchestration: its phases, what each component did, what happened, what was violated; with the
    commands that show what it belongs to.

    All of it, unless a time is given. Exits with 1 when there is no such orchestration.

    Examples:

      sonde orchestrations show orc_1

      sonde orchestrations show orc_1 --phase build --component daemon

      sonde orchestrations show orc_1 --format json | jq .violations
    """
    from sonde.cli.about import ABOUT_CSV, flat
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.job_columns import ORCHESTRATIONS
    from sonde.cli.listing import destination
    from sonde.cli.table import print_lines
    from sonde.cli.terminal import harmless_json, note, out
    from sonde.cli.timeline import drawn
    from sonde.id_paths import id_in_path

    shape = output.shape()
    params = times.params()
    params |= {name: value for name, value in {"phase": phase, "component": component}.items() if value}
    if limit is not None:
        params["limit"] = limit
    with server.open() as source:
        text = source.get_text(f"/api/v1/orchestrations/{id_in_path(orchestration_id)}", params)
    if shape is Format.TABLE:
        found = json.loads(text)
        print_lines(drawn(found, out().width), out())
        if found["told"]["notice"]:
            note(f"{found['told']['notice']}; --limit tells more, --phase, --component and times narrow it")
        return
    with destination(output.export) as file:
        if shape is Format.JSON:
            file.write(harmless_json(text) + "\n")
        else:
            writer = CsvWriter(file, (*ORCHESTRATIONS.csv, "runIds", "entities", *ABOUT_CSV))
            writer.rows([flat(json.loads(text))])
