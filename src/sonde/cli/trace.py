"""`sonde trace`: one trace as a waterfall."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import Output, Server, grouped
from sonde.cli.options import (
    Format,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sonde.cli.about import Concern
    from sonde.cli.source import Source
    from sonde.cli.table import Row

LOGS_AT_MOST = 1000


@grouped
def command(
    trace_id: Annotated[
        str, typer.Argument(help="Id of the trace; its first 6 or more digits do.", show_default=False)
    ],
    logs: Annotated[bool, typer.Option("--logs", "-l", help="Show the logs of each span below it.")] = False,
    limit: Annotated[
        int, typer.Option(min=1, help="Spans to draw at most; errors and the longest first.")
    ] = 500,
    otlp: Annotated[
        bool, typer.Option("--otlp", help="Write it as an OTLP/JSON request, for any OTLP endpoint.")
    ] = False,
    *,
    output: Output,
    server: Server,
) -> None:
    """Draw one trace: its tree, with bars in true time, errors in red.

    Exits with 1 when there is no such trace.

    Examples:

      sonde trace 4bf92f3577b34da6a3ce929d0e0e4736

      sonde trace 4bf92f --logs

      sonde trace 4bf92f --format json | jq '.spans[].operation'

      sonde trace 4bf92f --otlp --export trace.json
    """
    from sonde.cli.trace_ids import whole_trace_id
    from sonde.errors import BadRequest

    if otlp and output.format is not None:
        raise BadRequest("cannot use --otlp together with --format", hint="give one of them")
    shape = Format.JSON if otlp else output.shape()
    with server.open() as source:
        whole = whole_trace_id(source, trace_id)
        text = source.get_text(f"/api/v1/traces/{whole}{'/otlp' if otlp else ''}")
        if shape is Format.TABLE:
            records = _logs(source, whole) if logs else []
            overview = source.get(f"/api/v1/traces/{whole}/overview")
            _draw(json.loads(text), overview, records, limit)
            return
    _write(text, shape, output.export)


def _logs(source: Source, trace_id: str) -> list[Row]:
    return source.get("/api/v1/logs", {"traceId": trace_id, "limit": LOGS_AT_MOST})["logs"]


def _draw(trace: Row, overview: Row, logs: list[Row], limit: int) -> None:
    from sonde.cli import about
    from sonde.cli.table import print_lines
    from sonde.cli.terminal import note, out
    from sonde.cli.waterfall import Waterfall, choose, heading, tree

    roots = tree(trace["spans"])
    left_out = choose(roots, limit)
    console = out()
    for line in heading(trace, roots):
        console.print(line)
    print_lines(about.lines(_concerns(overview)), console)
    print_lines(Waterfall(roots, console.width, logs).lines(), console)
    if trace.get("truncated"):
        note(f"the server sent {len(trace['spans'])} of {trace['spanCount']} spans: more than it answers")
    if left_out:
        note(f"{left_out} spans are not drawn: --limit sets how many are, --format json has all")
    if len(logs) == LOGS_AT_MOST:
        note(
            f"only the newest {LOGS_AT_MOST} logs: `sonde query --type logs trace:{trace['traceId']}` has all"
        )


def _concerns(overview: Row) -> list[Concern]:
    from sonde.cli import about

    trace_id = overview["traceId"]
    belongs: Row = {
        **overview,
        "pipelines": [
            {"traceId": trace_id, "triggerEvent": trigger} for trigger in overview["triggerEvents"]
        ],
    }
    return [
        *(about.run(each["runId"]) for each in overview["runs"]),
        *about.surroundings(belongs),
        *about.entities(overview["entities"]),
    ]


def _write(text: str, format: Format, export: Path | None) -> None:
    from sonde.cli.columns import SPANS
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.listing import destination
    from sonde.cli.terminal import harmless_json

    with destination(export) as file:
        if format is Format.JSON:
            file.write(harmless_json(text) + "\n")
        else:
            CsvWriter(file, SPANS.csv).rows(json.loads(text)["spans"])
