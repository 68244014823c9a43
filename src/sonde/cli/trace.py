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

    from sonde.cli.source import Source
    from sonde.cli.table import Row

FULL_ID = 32
SHORTEST_PREFIX = 6
PREFIX_SINCE = "30d"
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
    from sonde.errors import BadRequest

    wanted = trace_id.strip().lower()
    if not wanted or len(wanted) > FULL_ID or set(wanted) - set("0123456789abcdef"):
        raise BadRequest(
            f"cannot use {trace_id!r} as a trace id", hint="32 hexadecimal digits, or the first of them"
        )
    if otlp and output.format is not None:
        raise BadRequest("cannot use --otlp together with --format", hint="give one of them")
    shape = Format.JSON if otlp else output.shape()
    with server.open() as source:
        whole = wanted if len(wanted) == FULL_ID else _complete(source, wanted)
        text = source.get_text(f"/api/v1/traces/{whole}{'/otlp' if otlp else ''}")
        records = _logs(source, whole) if logs and shape is Format.TABLE else []
    if shape is Format.TABLE:
        _draw(json.loads(text), records, limit)
    else:
        _write(text, shape, output.export)


def _complete(source: Source, prefix: str) -> str:
    from sonde.errors import BadRequest, NotFound

    if len(prefix) < SHORTEST_PREFIX:
        raise BadRequest(
            f"cannot look for a trace by {prefix!r}", hint=f"give at least {SHORTEST_PREFIX} digits"
        )
    answer = source.get("/api/v1/spans", {"q": f"trace:{prefix}*", "since": PREFIX_SINCE, "limit": 1000})
    found = sorted({str(row["traceId"]) for row in answer["spans"]})
    if not found:
        raise NotFound(
            f"no trace of the last {PREFIX_SINCE} begins with {prefix}", hint="older ones need the whole id"
        )
    if len(found) > 1:
        shown = ", ".join(found[:4]) + (" …" if len(found) > 4 else "")
        raise BadRequest(f"{len(found)} traces begin with {prefix}: {shown}", hint="give more digits")
    return found[0]


def _logs(source: Source, trace_id: str) -> list[Row]:
    return source.get("/api/v1/logs", {"traceId": trace_id, "limit": LOGS_AT_MOST})["logs"]


def _draw(trace: Row, logs: list[Row], limit: int) -> None:
    from sonde.cli.table import print_lines
    from sonde.cli.terminal import note, out
    from sonde.cli.waterfall import Waterfall, choose, heading, tree

    roots = tree(trace["spans"])
    left_out = choose(roots, limit)
    console = out()
    for line in heading(trace, roots):
        console.print(line)
    print_lines(Waterfall(roots, console.width, logs).lines(), console)
    if trace.get("truncated"):
        note(f"the server sent {len(trace['spans'])} of {trace['spanCount']} spans: more than it answers")
    if left_out:
        note(f"{left_out} spans are not drawn: --limit sets how many are, --format json has all")
    if len(logs) == LOGS_AT_MOST:
        note(
            f"only the newest {LOGS_AT_MOST} logs: `sonde query --type logs trace:{trace['traceId']}` has all"
        )


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
