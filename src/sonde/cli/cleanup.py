"""`sonde cleanup`: delete what is past its time, after showing what would go."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sonde.cli.groups import Server, grouped
from sonde.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from sonde.cli.source import Source
    from sonde.cli.table import Column

_PATH: Final = "/api/internal/cleanup-traces"
# Days of very many spans are written anew without those that go.
_TIMEOUT_S: Final = 3600.0


@grouped
def command(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would go, and what is on disk.")
    ] = False,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than",
            metavar="30d",
            help="Everything that is older, whatever the rules say; the audit log stays.",
            show_default=False,
        ),
    ] = None,
    component: Annotated[
        str | None,
        typer.Option(help="Only spans, logs, events and metrics of this component.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Do not ask first.")] = False,
    format: FormatOption = None,
    *,
    server: Server,
) -> None:
    """Delete what is past its time, by the settings `retention.*`.

    Shows what would go and asks before it deletes. The server does the same by itself each day. Needs a key
    with the scope jobs.

    Examples:

      sonde cleanup --dry-run

      sonde cleanup --older-than 30d --component daemon --force
    """
    from sonde.cli.terminal import note
    from sonde.errors import BadRequest

    params: dict[str, str | int] = {}
    if older_than:
        params["olderThan"] = older_than
    if component:
        params["component"] = component
    with server.open(writes=not dry_run) as source:
        answer = _asked(source, {**params, "dryRun": "true"}, "looking what is past its time")
        count = sum(answer["deleted"].values())
        if not dry_run and count:
            if not force:
                _show(answer, Format.TABLE)
                if not sys.stdin.isatty():
                    raise BadRequest(
                        "cannot ask whether to delete this: there is no terminal",
                        hint="say --force to delete it, or --dry-run to only see it",
                    )
                typer.confirm(f"Delete {_records(count)}?", abort=True)
            answer = _asked(source, params, "deleting what is past its time")
    if format in (Format.JSON, Format.CSV) or dry_run:
        _show(answer, format or Format.TABLE)
    if not dry_run:
        note(f"deleted {_records(sum(answer['deleted'].values()))}")


def _asked(source: Source, params: dict[str, str | int], doing: str) -> dict[str, Any]:
    from sonde.cli.progress import spinner

    with spinner(doing):
        return source.post(_PATH, params, timeout_s=_TIMEOUT_S)


def _show(answer: dict[str, Any], format: Format) -> None:
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.table import Table, print_lines
    from sonde.cli.terminal import note, out

    if format is Format.JSON:
        sys.stdout.write(json.dumps(answer) + "\n")
        return
    if format is Format.CSV:
        CsvWriter(sys.stdout, ("table", "kind", "days", "cutoff", "rows")).rows(answer["rules"])
        return
    console = out()
    rules = [each for each in answer["rules"] if each["rows"]]
    if rules:
        print_lines(Table(_rule_columns(), console.width).lines(rules), console)
        console.print()
    else:
        note("nothing is past its time")
    goes = answer["deleted"]
    tables = [{**each, "goes": goes.get(each["table"], 0)} for each in answer["tables"] if each["rows"]]
    if tables:
        print_lines(Table(_size_columns(), console.width).lines(tables), console)


def _rule_columns() -> list[Column]:
    from sonde.cli.table import Column

    return [
        Column("TABLE", lambda row: row["table"]),
        Column("KIND", lambda row: row["kind"]),
        Column("KEPT", lambda row: f"{row['days']:g} days", right=True),
        Column("OLDER THAN", lambda row: row["cutoff"][:19].replace("T", " "), importance=5),
        Column("RECORDS", lambda row: f"{row['rows']:,}".replace(",", " "), right=True),
    ]


def _size_columns() -> list[Column]:
    from sonde.cli.table import Column

    return [
        Column("TABLE", lambda row: row["table"]),
        Column("ROWS", lambda row: f"{row['rows']:,}".replace(",", " "), right=True),
        Column("ON DISK", lambda row: _size(row["bytes"]), right=True),
        Column("GO", lambda row: f"{row['goes']:,}".replace(",", " ") if row["goes"] else "", right=True),
    ]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def _records(count: int) -> str:
    return f"{count:,}".replace(",", " ") + (" record" if count == 1 else " records")
