"""`sonde tail`: records as they arrive."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import Server, grouped
from sonde.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.text import Text

    from sonde.cli.source import Source
    from sonde.cli.table import Row

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0


class Signal(StrEnum):
    """What can be followed."""

    SPANS = "spans"
    LOGS = "logs"
    EVENTS = "events"


@grouped
def command(
    search: Annotated[
        str, typer.Argument(help="Only what matches, e.g. 'status:error'.", show_default=False)
    ] = "",
    signal: Annotated[
        Signal, typer.Option("--signal", "-s", help="What to follow.", case_sensitive=False)
    ] = Signal.SPANS,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
    format: FormatOption = None,
    *,
    server: Server,
) -> None:
    """Follow spans, logs or events live, until Ctrl-C.

    Connects again when the server restarts. JSON comes one record a line.

    Examples:

      sonde tail 'service:checkout'

      sonde tail --signal logs 'level:>=warn'

      sonde tail --signal events --format json --limit 10
    """
    from sonde.cli.query import caret_under
    from sonde.cli.source import open_source

    params = {"signal": signal.value, **({"q": search} if search.strip() else {})}
    settings = server.settings()
    write = _writer(signal, format or Format.TABLE)
    seen = 0
    with open_source(settings, server_only="follow live") as source, caret_under(search):
        for row in _rows(source, params):
            write(row)
            seen += 1
            if limit is not None and seen >= limit:
                return


def _rows(source: Source, params: dict[str, str]) -> Iterator[Row]:
    from sonde.cli.terminal import note
    from sonde.errors import ServerUnreachable

    wait_s = 0.0
    connected = False
    while True:
        try:
            with source.lines("/api/v1/tail", params) as lines:
                if wait_s:
                    note("connected again")
                connected, wait_s = True, 0.0
                for message in messages(lines):
                    yield from _records(message)
            why = "the server closed the connection"
        except ServerUnreachable as error:
            # A server that never answered is a mistake; one that stops answering is a restart.
            if not connected:
                raise
            why = error.message
        if not wait_s:
            note(f"{why}; connecting again")
        wait_s = min(max(wait_s * 2, FIRST_WAIT_S), LONGEST_WAIT_S)
        time.sleep(wait_s)


@dataclass(frozen=True, slots=True)
class Message:
    """One server-sent event."""

    event: str
    data: str


def messages(lines: Iterable[str]) -> Iterator[Message]:
    """Server-sent events (HTML standard, section 9.2.6); comments and ids are left out."""
    event, data = "", list[str]()
    for line in lines:
        if not line:
            if data:
                yield Message(event or "message", "\n".join(data))
            event, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)


def _records(message: Message) -> Iterator[Row]:
    from sonde.cli.terminal import note

    try:
        value = json.loads(message.data)
    except ValueError:
        return
    if message.event == "dropped":
        note(f"too much to show: {value.get('batches', 'some')} batches left out")
    elif isinstance(value, dict):
        yield value


def _writer(signal: Signal, format: Format) -> Callable[[Row], None]:
    from sonde.cli.columns import EVENTS, LOGS, SPANS
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.terminal import harmless_json, out

    if format is Format.JSON:

        def write_json(row: Row) -> None:
            sys.stdout.write(harmless_json(json.dumps(row, ensure_ascii=False)) + "\n")
            sys.stdout.flush()

        return write_json
    if format is Format.CSV:
        kind = {Signal.SPANS: SPANS, Signal.LOGS: LOGS, Signal.EVENTS: EVENTS}[signal]
        writer = CsvWriter(sys.stdout, kind.csv)

        def write_csv(row: Row) -> None:
            writer.rows([row])
            sys.stdout.flush()

        return write_csv
    console = out()

    def write_line(row: Row) -> None:
        console.print(line(signal, row, console.width), soft_wrap=True)

    return write_line


def line(signal: Signal, row: Row, width: int) -> Text:
    """One record as a line: columns of fixed width, as those of later records are not known."""
    from rich.text import Text

    from sonde.cli.columns import duration_text, severity_style, status_style, unix_ns
    from sonde.cli.table import fitted
    from sonde.cli.terminal import harmless
    from sonde.cli.times import local_time

    text = Text(local_time(unix_ns(row), with_date=False), style="dim")
    text.append("  " + fitted(harmless(str(row.get("service") or "")), 14), style="cyan")
    if signal is Signal.SPANS:
        text.append("  " + fitted(duration_text(row), 8, right=True))
        text.append("  " + fitted(harmless(str(row.get("status") or "")), 7), style=status_style(row))
        parts = [str(row.get("operation") or ""), str(row.get("statusMessage") or "")]
    else:
        text.append("  " + fitted(harmless(str(row.get("severity") or "")), 5), style=severity_style(row))
        parts = [str(row.get("eventName") or ""), str(row.get("body") or "")]
    text.append("  " + harmless("  ".join(part for part in parts if part)))
    if len(text) + 34 <= width and row.get("traceId"):
        text.append(f"  {row['traceId']}", style="dim")
    text.truncate(width, overflow="ellipsis")
    return text
