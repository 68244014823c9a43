"""`sonde entities`: business objects by their ids, and everything that happened to one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import AllTimes, Output, Paging, Server, grouped
from sonde.cli.options import (
    Format,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from sonde.cli.about import Concern
    from sonde.cli.table import Row

app = typer.Typer(invoke_without_command=True)

_ENTRY_CSV = (
    "kind", "runId", "firstAt", "lastAt", "run", "trace", "traceCount", "traceIds", "url", "steps",
)  # fmt: skip


@app.callback()
@grouped
def command(
    context: typer.Context,
    search: Annotated[str, typer.Option("--search", "-q", help="An id, or how it begins.")] = "",
    type: Annotated[str, typer.Option("--type", help="Only entities of this type, e.g. payment.")] = "",
    *,
    paging: Paging,
    output: Output,
    server: Server,
) -> None:
    """Find business objects by id, of any type; `sonde entities show TYPE ID` tells what happened to one.

    Without --search those touched last. Exits with 1 when there are none.

    Examples:

      sonde entities -q pym_123

      sonde entities --type invoice --limit 10
    """
    if context.invoked_subcommand is not None:
        return
    from sonde.cli.exits import ExitCode
    from sonde.cli.job_columns import ENTITIES
    from sonde.cli.listing import Listing
    from sonde.cli.terminal import note

    wanted = {"q": search, "type": type.strip()}
    params = paging.params() | {name: value for name, value in wanted.items() if value}
    with server.open() as source:
        listing = Listing(source, ENTITIES, params)
        count = listing.write(output.shape(), export=output.export, everything=paging.all)
    if not count:
        named = f"{type.strip() or 'entity'} {'begins with ' if search else ''}{search.strip()}".strip()
        note(f"no {named} is known")
        raise typer.Exit(ExitCode.NOTHING)


@app.command("show")
@grouped
def show(
    entity_type: Annotated[
        str, typer.Argument(metavar="TYPE", help="Its type, e.g. payment.", show_default=False)
    ],
    entity_id: Annotated[str, typer.Argument(metavar="ID", help="Its id.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=200, help="Runs and traces at most.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Go on where an earlier answer ended.")] = None,
    *,
    output: Output,
    times: AllTimes,
    server: Server,
) -> None:
    """Show everything that happened to a business object, newest first: the runs and traces that touched it,
    what each did and said, and what else they touched.

    By default of the last 30 days. Exits with 1 when nothing is known of it or happened in this time.

    Examples:

      sonde entities show payment pym_123

      sonde entities show payment pym_123 --time-range 7d --format json | jq .entries
    """
    from sonde.cli.about import ABOUT_CSV, flat
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.exits import ExitCode
    from sonde.cli.listing import destination
    from sonde.cli.query import span_of_time
    from sonde.cli.terminal import harmless, harmless_json, note
    from sonde.id_paths import id_in_path

    shape = output.shape()
    params: dict[str, str | int] = {"limit": limit, **times.params()}
    if cursor:
        params["cursor"] = cursor
    path = f"/api/v1/entities/{id_in_path(entity_type)}/{id_in_path(entity_id)}"
    with server.open() as source:
        text = source.get_text(path, params)
    answer = json.loads(text)
    if shape is Format.TABLE:
        _draw(answer)
    else:
        with destination(output.export) as file:
            if shape is Format.JSON:
                file.write(harmless_json(text) + "\n")
            else:
                CsvWriter(file, (*_ENTRY_CSV, *ABOUT_CSV)).rows(list(map(flat, answer["entries"])))
    if answer["nextCursor"] and shape is not Format.JSON:
        note(f"there are more: --limit, or --cursor {answer['nextCursor']}")
    if not answer["entries"]:
        when = span_of_time(params) if times.bounds() else " in the last 30 days"
        note(f"nothing happened to {harmless(entity_type)} {harmless(entity_id)}{when}")
        raise typer.Exit(ExitCode.NOTHING)


def _draw(answer: Row) -> None:
    from sonde.cli.table import print_lines
    from sonde.cli.terminal import out

    console = out()
    print_lines(_head(answer), console)
    for entry in answer["entries"]:
        console.print()
        print_lines(_entry(entry), console)
    if answer["others"]:
        console.print()
        print_lines(_others(answer["others"]), console)


def _head(answer: Row) -> Iterator[Text]:
    from rich.text import Text

    from sonde.cli.terminal import harmless
    from sonde.cli.times import iso_to_ns, local_time

    yield Text(f"{harmless(answer['type'])} {harmless(answer['id'])}", style="bold")
    counts = [
        f"{answer[field]} {noun}{'' if answer[field] == 1 else 's'}"
        for field, noun in (("runCount", "run"), ("traceCount", "trace"))
    ]
    first, last = (
        answer[field] and local_time(iso_to_ns(answer[field]), with_date=True)
        for field in ("firstSeen", "lastSeen")
    )
    yield Text("  ".join([*counts, *([f"first {first}", f"last {last}"] if last else [])]), style="dim")
    if answer["status"] == "expired":
        yield Text("touched so long ago that no link counts any more", style="yellow")


def _entry(entry: Row) -> Iterator[Text]:
    """A run, a trace or a log record, and below it what it did."""
    from rich.text import Text

    from sonde.cli import about
    from sonde.cli.columns import STATUS_STYLES, status_style
    from sonde.cli.terminal import harmless
    from sonde.cli.times import duration, iso_to_ns, local_time

    at = local_time(iso_to_ns(entry["firstAt"]), with_date=True)
    run, trace, went = entry["run"], entry["trace"], entry["outcome"]
    if entry["kind"] == "run":
        line = Text(
            f"{at}  run {harmless(run['job']) if run else ''} {harmless(entry['runId'])}", style="bold"
        )
        if run:
            told = went or run
            line.append(f"  {harmless(told['status'])}", style=status_style(told))
            again = f", {told['attempts']} attempts" if told["attempts"] > 1 else ""
            whole = f", the run {harmless(run['status'])}" if told["status"] != run["status"] else ""
            line.append(f"  {duration(run['durationNs'])}{again}{whole}", style="dim")
        else:
            line.append("  none of its spans is stored", style="dim")
        yield line
    elif entry["kind"] == "trace":
        what = harmless(trace["rootOperation"]) if trace else ""
        line = Text(f"{at}  trace {what}", style="bold")
        if trace:
            line.append(f"  {harmless(trace['status'])}", style=status_style(trace))
        yield line
    yield from about.lines(_concerns(entry), {"trace": entry["traceCount"]}, indent="  ")
    for step in entry["steps"]:
        told = " ".join(harmless(step[field]).split("\n")[0] for field in ("name", "text") if step[field])
        took = f"  {duration(step['durationNs'])}" if step["kind"] == "span" else ""
        line = Text(f"  {local_time(int(step['unixNs']), with_date=entry['kind'] == 'log')}  ", style="dim")
        line.append(harmless(step["status"]).ljust(8), style=STATUS_STYLES.get(step["status"], ""))
        again = f" (attempt {step['attempt']})" if step["attempt"] > 1 else ""
        shared = f" (with {step['others']} more)" if step["others"] else ""
        yield line.append(f"{told}{again}{shared}").append(took, style="dim")
    if entry["truncated"]:
        yield Text("  and more", style="dim")


def _concerns(entry: Row) -> list[Concern]:
    from sonde.cli import about

    return [
        *([about.run(entry["runId"])] if entry["runId"] else []),
        *about.surroundings(entry["about"]),
        *about.traces(entry["traceIds"]),
    ]


def _others(others: list[Row]) -> Iterator[Text]:
    from rich.text import Text

    from sonde.cli import about

    yield Text("other entities of these runs", style="bold")
    found = [{"type": each["type"], "id": one["id"]} for each in others for one in each["entities"]]
    counts = {each["type"]: each["count"] for each in others}
    yield from about.lines(about.entities(found), counts, indent="  ")
