"""`sonde runs`: executions of jobs, as a list and one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import Output, Paging, Server, Times, grouped
from sonde.cli.options import (
    Format,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from sonde.cli.table import Column, Row

app = typer.Typer(invoke_without_command=True)

_FILTER = "Filters (all must match)"


@app.callback()
@grouped
def command(
    context: typer.Context,
    search: Annotated[
        str | None,
        typer.Option("--search", "-q", help="Only runs with a span that matches.", rich_help_panel=_FILTER),
    ] = None,
    job: Annotated[str | None, typer.Option(help="Only runs of this job.", rich_help_panel=_FILTER)] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(help="Only those running, success, error, …; may be repeated.", rich_help_panel=_FILTER),
    ] = None,
    min_duration: Annotated[
        str | None,
        typer.Option(metavar="90s", help="Only those that took at least this long.", rich_help_panel=_FILTER),
    ] = None,
    max_duration: Annotated[
        str | None,
        typer.Option(metavar="1h", help="Only those that took at most this long.", rich_help_panel=_FILTER),
    ] = None,
    *,
    paging: Paging,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List runs, newest first; `sonde runs show ID` shows one.

    Exits with 1 when there are none.

    Examples:

      sonde runs --time-range 7d

      sonde runs --job billing --status error

      sonde runs --min-duration 5m -q 'sonde.entity.payment:pym_1'
    """
    if context.invoked_subcommand is not None:
        return
    from sonde.cli.job_columns import RUNS
    from sonde.cli.listing import Listing
    from sonde.cli.query import caret_under, nothing_found

    params = times.params() | paging.params()
    wanted = {
        "q": (search or "").strip(),
        "job": job or "",
        "status": ",".join(status or ()),
        "minDurationMs": _milliseconds("--min-duration", min_duration),
        "maxDurationMs": _milliseconds("--max-duration", max_duration),
    }
    params |= {name: value for name, value in wanted.items() if value}
    with (
        server.open() as source,
        caret_under(wanted["q"]),
    ):
        listing = Listing(source, RUNS, params)
        count = listing.write(output.shape(), export=output.export, everything=paging.all)
    if not count and listing.next_cursor is None:
        nothing_found("runs", wanted["q"], params, listing.statuses)


@app.command("show")
@grouped
def show(
    run_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the run.", show_default=False)],
    *,
    output: Output,
    server: Server,
) -> None:
    """Show one run: its attempts, what it did and touched, and how the last good run of its job did; with the
    commands that show what it belongs to.

    Exits with 1 when there is no such run.

    Examples:

      sonde runs show run_2026_01

      sonde runs show run_2026_01 --format json | jq .comparison
    """
    from sonde.cli.about import ABOUT_CSV, flat
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.job_columns import RUNS
    from sonde.cli.listing import destination
    from sonde.cli.terminal import harmless_json
    from sonde.id_paths import id_in_path

    shape = output.shape()
    with server.open() as source:
        text = source.get_text(f"/api/v1/runs/{id_in_path(run_id)}")
    if shape is Format.TABLE:
        _draw(json.loads(text))
        return
    with destination(output.export) as file:
        if shape is Format.JSON:
            file.write(harmless_json(text) + "\n")
        else:
            CsvWriter(file, (*RUNS.csv, "entities", *ABOUT_CSV)).rows([flat(json.loads(text))])


def _milliseconds(option: str, text: str | None) -> str:
    """A length of time as the API has it. Raises BadRequest."""
    from sonde.cli.times import relative_s
    from sonde.errors import BadRequest

    if text is None:
        return ""
    seconds = relative_s(text)
    if seconds is None:
        raise BadRequest(f"cannot use {text!r} for {option}", hint="a number and a unit: 90s, 15m, 2h")
    return str(round(seconds * 1000))


def _draw(run: Row) -> None:
    from sonde.cli import run_operations
    from sonde.cli.table import Table, print_lines
    from sonde.cli.terminal import note, out

    console = out()
    print_lines(_head(run), console)
    if not run["spanCount"]:
        note("no span of this run is stored: links, logs and events name it")
        return
    for rows, columns in (
        ([*run["attemptsList"], *run["parts"]], _part_columns()),
        (run_operations.operations(run), run_operations.columns(run)),
    ):
        console.print()
        print_lines(Table(columns, console.width).lines(rows), console)


def _head(run: Row) -> Iterator[Text]:
    """What a run is, in lines."""
    from rich.text import Text

    from sonde.cli import about
    from sonde.cli.columns import status_style
    from sonde.cli.terminal import harmless
    from sonde.cli.times import duration, local_time

    title = Text(f"{harmless(run['job']) or 'run'}  {harmless(run['runId'])}  ", style="bold")
    yield title.append(harmless(run["status"]), style=status_style(run))
    so_far = " so far" if run["endedAt"] is None else ""
    yield Text(
        "  ".join(
            [
                local_time(int(run["startUnixNs"]), with_date=True),
                *([duration(run["durationNs"]) + so_far] if run["spanCount"] else []),
                *(
                    f"{run[field]} {noun}{'' if run[field] == 1 else 's'}"
                    for field, noun in (
                        ("attempts", "attempt"),
                        ("spanCount", "span"),
                        ("errorCount", "error"),
                    )
                    if run["spanCount"]
                ),
            ]
        ),
        style="dim",
    )
    for told in (run["message"], run["url"]):
        if told:
            yield Text(harmless(told))
    concerns = [
        *about.surroundings(run["about"]),
        *about.entities(run["entities"]),
        *about.traces(run["traceIds"]),
    ]
    if run["lastGood"]:
        good = run["lastGood"]
        shown_by = about.command("runs show", good["runId"])
        concerns.append(about.Concern("last good", shown_by, f"took {duration(good['durationNs'])}"))
    yield from about.lines(concerns, {**run["entityCounts"], "trace": run["traceCount"]})


def _part_columns() -> list[Column]:
    from sonde.cli.columns import status_style, text_of, trace_column
    from sonde.cli.table import Column
    from sonde.cli.times import duration, iso_to_ns, local_time

    return [
        Column("TIME", lambda row: local_time(iso_to_ns(str(row["startedAt"]))), importance=8),
        Column("JOB", text_of("job"), gives_way=True),
        Column("ATTEMPT", text_of("attempt"), right=True, importance=7),
        Column("DURATION", lambda row: duration(row["durationNs"]), right=True, importance=6),
        Column("STATUS", text_of("status"), status_style, importance=7),
        Column("MESSAGE", text_of("message"), gives_way=True, importance=5),
        trace_column(importance=3),
    ]
