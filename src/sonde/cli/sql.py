"""`sonde sql`: an administrator's read-only SQL on a store that no server holds."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sonde.cli.options import DataDirOption, Format, FormatOption, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sonde.cli.table import Column
    from sonde.settings import Settings

# The engine's readonly mode lets INSERT INTO FUNCTION file(...) and INTO OUTFILE through, so the statement is
# looked at too.
READING = ("SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS")
WRITING = ("INSERT", "OUTFILE")
_TOKEN = re.compile(
    r"""'(?:\\.|''|[^'\\])*'|"(?:\\.|""|[^"\\])*"|`(?:\\.|``|[^`\\])*`"""  # texts and quoted names
    r"""|--[^\n]*|\#[ !][^\n]*|/\*.*?\*/|(?P<word>\w+)""",
    re.DOTALL,
)
# ClickHouse, src/Common/ErrorCodes.cpp.
SYNTAX_ERROR = 62


def command(
    statement: Annotated[
        str, typer.Argument(help="One SELECT, SHOW, DESCRIBE or EXPLAIN; - reads it from standard input.")
    ],
    limit: Annotated[int, typer.Option(min=1, help="Rows at most.")] = 10_000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds at most.")] = 60.0,
    tenant: Annotated[str, typer.Option(help="Whose database.")] = "default",
    format: FormatOption = None,
    store: Annotated[
        str | None,
        typer.Option(metavar="DSN", help="chdb:///path or clickhouse://host/db, like SONDE_STORE."),
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Run one read-only SQL statement on the store, opened here.

    An embedded store has one owner: while a server holds it, this command refuses and says which. It asks no
    server, also not that of SONDE_URL.
    It is read only, but no sandbox: for those who may read the files of the store anyway.

    Examples:

      sonde sql "SELECT ServiceName, count() FROM otel_traces GROUP BY 1 ORDER BY 2 DESC"

      sonde sql --format csv - < question.sql

      sonde sql "DESCRIBE otel_logs"
    """
    from sonde.cli.exits import ExitCode
    from sonde.errors import BadRequest

    text = sys.stdin.read() if statement == "-" else statement
    text = text.strip().rstrip(";").strip()
    words = keywords(text)
    if not words or words[0] not in READING:
        what = f"a statement that begins with {words[0]}" if words else "an empty statement"
        raise BadRequest(f"cannot run {what}", hint=f"use one of {', '.join(READING)}")
    if writing := [word for word in words if word in WRITING]:
        raise BadRequest(f"cannot run a statement with {writing[0]}", hint="quote it where it is a name")
    columns, rows, cut = _run(read_settings(data_dir=data_dir, store=store), text, tenant, limit, timeout)
    _write(columns, rows, format or Format.TABLE)
    if cut:
        from sonde.cli.terminal import note

        note(f"cut at {limit} rows: --limit sets how many")
    if not rows:
        raise typer.Exit(ExitCode.NOTHING)


def keywords(statement: str) -> list[str]:
    """The words of a statement in upper case, without comments, texts and quoted names."""
    return [match["word"].upper() for match in _TOKEN.finditer(statement) if match["word"]]


def _run(
    settings: Settings, statement: str, tenant: str, limit: int, timeout_s: float
) -> tuple[list[str], list[tuple[Any, ...]], bool]:
    """Columns, rows, and whether there were more."""
    from sonde.cli.progress import spinner
    from sonde.cli.source import refuse_held_store, require_existing_store, require_server_extra
    from sonde.errors import BadRequest, StoreError

    refuse_held_store(settings)
    require_existing_store(settings, "say where one is with --data-dir or --store")
    require_server_extra()
    with spinner("opening the store"):
        from sonde.store import open_store

        store = open_store(settings, read_only=True)
    try:
        with spinner("running"):
            # Readers of the store run with readonly=2: nothing is written or changed but settings of the
            # statement itself. The engine stops at the end of a block, so more rows than asked for come back.
            answer = store.tenant(tenant).query(
                statement,
                timeout_s=timeout_s,
                settings={"max_result_rows": limit + 1, "result_overflow_mode": "break"},
            )
    except StoreError as error:
        if error.engine_code == SYNTAX_ERROR:
            raise BadRequest(error.message, hint="one statement, without FORMAT or SETTINGS") from None
        raise
    finally:
        store.close()
    rows = list(answer.rows)
    return list(answer.columns), rows[:limit], len(rows) > limit


def _write(columns: Sequence[str], rows: Sequence[tuple[Any, ...]], format: Format) -> None:
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.table import Table, print_lines
    from sonde.cli.terminal import harmless_json, out

    # By position: two columns may bear one name.
    if format is Format.CSV:
        writer = CsvWriter(sys.stdout, list(columns))
        writer.values([[_plain(value) for value in row] for row in rows])
    elif format is Format.JSON:
        answer = {"columns": list(columns), "rows": [[_plain(value) for value in row] for row in rows]}
        sys.stdout.write(harmless_json(json.dumps(answer, ensure_ascii=False, default=str)) + "\n")
    elif columns:
        console = out()
        right = [all(isinstance(row[index], int | float) for row in rows) for index in range(len(columns))]
        layout = [_column(index, title, right[index]) for index, title in enumerate(columns)]
        print_lines(Table(layout, console.width).lines([{"row": row} for row in rows]), console)


def _column(index: int, title: str, right: bool) -> Column:
    from sonde.cli.table import Column

    def text(row: dict[str, Any]) -> str:
        value = row["row"][index]
        if isinstance(value, dict | list | tuple):
            return json.dumps(value, ensure_ascii=False, default=str)
        return "" if value is None else str(value)

    return Column(title, text, right=right, gives_way=not right)


def _plain(value: Any) -> Any:
    """A value of the engine as JSON has it; 64-bit integers stay exact as they are."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value if isinstance(value, str | int | float | bool | dict | list | tuple | None) else str(value)
