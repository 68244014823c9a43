"""`sonde link`: from a business object to the run that processed it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import Output, Server, grouped
from sonde.cli.options import (
    Format,
)

if TYPE_CHECKING:
    from typing import TextIO

    from sonde.cli.table import Column, Row

app = typer.Typer(
    no_args_is_help=True,
    help="Lead from a payment, an invoice or any other business object to the run that processed it.",
)

TypeArgument = Annotated[
    str, typer.Argument(metavar="TYPE", help="Its type, e.g. payment.", show_default=False)
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Its id.", show_default=False)]


@app.command("set")
@grouped
def set_link(
    entity_type: TypeArgument,
    entity_id: IdArgument,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="Id of the run.", show_default=False)],
    run_url: Annotated[str, typer.Option(help="Address of the run's page.", show_default=False)] = "",
    trace_id: Annotated[str, typer.Option(help="Id of its trace.", show_default=False)] = "",
    *,
    server: Server,
) -> None:
    """Store that a run touched a business object, now.

    Examples:

      sonde link set payment pym_123 run_abc

      sonde link set payment pym_123 run_abc --run-url https://jobs.example.com/run_abc
    """
    from sonde.cli.terminal import note

    link = {
        "type": entity_type,
        "id": entity_id,
        "runId": run_id,
        "runUrl": run_url,
        "traceId": trace_id,
    }
    with server.open(server_only="store links") as source:
        source.send("/api/v1/links", link)
    note(f"{entity_type} {entity_id} leads to the run {run_id}")


@app.command("get")
@grouped
def get(
    entity_type: TypeArgument,
    entity_id: IdArgument,
    *,
    output: Output,
    server: Server,
) -> None:
    """Show the run that touched a business object last, and where to look at it.

    Exits with 1 when no link is available.

    Examples:

      sonde link get payment pym_123

      sonde link get payment pym_123 --format json | jq -r .runId
    """
    from sonde.cli.listing import destination

    shape = output.shape()
    with server.open() as source:
        text = source.get_text("/api/v1/links", {"type": entity_type, "id": entity_id})
    if shape is Format.TABLE:
        _show(json.loads(text))
        return
    with destination(output.export) as file:
        _write(file, text, [json.loads(text)], shape, _LINK_FIELDS)


@app.command("open")
@grouped
def open_page(
    entity_type: TypeArgument,
    entity_id: IdArgument,
    show: Annotated[bool, typer.Option("--print", help="Only print the address.")] = False,
    *,
    server: Server,
) -> None:
    """Open the page of the run that touched a business object last, in the browser.

    The address is printed as well. Exits with 1 when no link is available, or no browser.

    Examples:

      sonde link open payment pym_123

      sonde link open payment pym_123 --print
    """
    import webbrowser

    from sonde.cli.exits import ExitCode
    from sonde.cli.terminal import harmless, note

    with server.open() as source:
        found = source.get("/api/v1/links", {"type": entity_type, "id": entity_id})
        served = source.server is not None
    address = str(found["url"])
    if address == found["sondeUrl"] and not served:
        note("no server runs that could show the page: start one with `sonde serve`")
    typer.echo(harmless(address))
    if not show and not webbrowser.open(address):
        note("no browser could be opened")
        raise typer.Exit(ExitCode.NOTHING)


@app.command("history")
@grouped
def history(
    entity_type: TypeArgument,
    entity_id: IdArgument,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Rows at most.")] = 50,
    *,
    output: Output,
    server: Server,
) -> None:
    """List all runs that touched a business object, newest first, with their attempts and how they ended.

    Exits with 1 when none did.

    Examples:

      sonde link history payment pym_123

      sonde link history payment pym_123 --format csv --export runs.csv
    """
    from sonde.cli.exits import ExitCode
    from sonde.cli.listing import destination
    from sonde.cli.table import Table, print_lines
    from sonde.cli.terminal import note, out

    shape = output.shape()
    params: dict[str, str | int] = {"type": entity_type, "id": entity_id, "limit": limit}
    with server.open() as source:
        text = source.get_text("/api/v1/links/history", params)
    answer = json.loads(text)
    runs: list[Row] = answer["runs"]
    if shape is Format.TABLE:
        if runs:
            console = out()
            print_lines(Table(_history_columns(), console.width).lines(runs), console)
    else:
        with destination(output.export) as file:
            _write(file, text, runs, shape, _HISTORY_FIELDS)
    if answer["truncated"]:
        note(f"only the newest {len(runs)}: --limit sets how many")
    if not runs:
        note(f"No link available: nothing has touched {entity_type} {entity_id}")
        raise typer.Exit(ExitCode.NOTHING)


_LINK_FIELDS = ("type", "id", "runId", "url", "recordedAt", "traceId")
_HISTORY_FIELDS = ("runId", "outcome", "firstAt", "recordedAt", "traceCount", "url")


def _write(file: TextIO, text: str, rows: list[Row], format: Format, fields: tuple[str, ...]) -> None:
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.terminal import harmless_json

    if format is Format.JSON:
        file.write(harmless_json(text) + "\n")
    else:
        CsvWriter(file, fields).rows(rows)


def _show(link: Row) -> None:
    from sonde.cli.terminal import harmless, out
    from sonde.cli.times import iso_to_ns, local_time

    console = out()
    at = local_time(iso_to_ns(str(link["recordedAt"])), with_date=True)
    for name, value in (
        ("run", link["runId"]),
        ("recorded", at),
        ("trace", link["traceId"]),
        ("page", link["url"]),
    ):
        if value:
            console.print(f"{name:<9} {harmless(str(value))}", markup=False, highlight=False, soft_wrap=True)


def _history_columns() -> list[Column]:
    from sonde.cli.columns import ID_CELLS, STATUS_STYLES, text_of
    from sonde.cli.table import Column
    from sonde.cli.times import duration, iso_to_ns, local_time

    def of_run(field: str, run: Row) -> object:
        return (run["run"] or {}).get(field)

    def took(run: Row) -> str:
        return duration(run["run"]["durationNs"]) if run["run"] else ""

    def attempts(run: Row) -> str:
        return str((run["entity"] or run["run"] or {}).get("attempts") or "")

    return [
        Column("TOUCHED", lambda row: local_time(iso_to_ns(str(row["recordedAt"]))), importance=8),
        Column("RUN", lambda row: str(row["runId"] or "(no run)"), gives_way=True, keeps=ID_CELLS),
        Column("JOB", lambda row: str(of_run("job", row) or ""), gives_way=True, importance=4),
        Column(
            "OUTCOME",
            text_of("outcome"),
            lambda row: STATUS_STYLES.get(str(row["outcome"]), ""),
            importance=7,
        ),
        Column("ATTEMPTS", attempts, right=True, importance=6),
        Column(
            "OF THE RUN",
            lambda row: str(of_run("status", row) or ""),
            lambda row: STATUS_STYLES.get(str(of_run("status", row)), ""),
            importance=4,
        ),
        Column("DURATION", took, right=True, importance=5),
        Column("TRACE", lambda row: str(next(iter(row["traceIds"]), "")), importance=3, short=12),
    ]
