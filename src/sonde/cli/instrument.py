"""`sonde instrument`: which installed libraries are seen, and how to see the others."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from sonde.sdk.instrument.registry import Row

FIELDS = ("library", "version", "name", "instrumentation", "state", "requirement", "note")


def command(
    format: FormatOption = None,
    install: Annotated[
        bool,
        typer.Option(
            "--install", help="Print the requirement lines of what is missing, and for which library."
        ),
    ] = False,
) -> None:
    """List the installed libraries that can be instrumented, and whether they are.

    `on`: `sonde.configure()` and `sonde run` switch it on. `missing`: the instrumentation is not
    installed. `conflict`: it is for another version of the library.

    Examples:

      sonde instrument

      sonde instrument --install

      sonde instrument --install --format json
    """
    from sonde.sdk.instrument.registry import survey

    rows = survey()
    if install:
        _write_requirements(rows, format or Format.TABLE)
    else:
        _write_rows(rows, format or Format.TABLE)


def _write_rows(rows: list[Row], format: Format) -> None:
    plain = [{name: str(getattr(row, name)) for name in FIELDS} for row in rows]
    if format is Format.JSON:
        print(json.dumps({"libraries": plain}, indent=2 if sys.stdout.isatty() else None))
    elif format is Format.CSV:
        from sonde.cli.csv_text import CsvWriter

        CsvWriter(sys.stdout, FIELDS).rows(plain)
    else:
        from sonde.cli.table import Column, Table, print_lines
        from sonde.cli.terminal import out

        styles = {"on": "green", "missing": "yellow", "conflict": "red"}
        columns = (
            Column("LIBRARY", lambda row: row["library"]),
            Column("VERSION", lambda row: row["version"]),
            Column("NAME", lambda row: row["name"]),
            Column("INSTRUMENTATION", lambda row: row["instrumentation"], gives_way=True),
            Column("STATE", lambda row: row["state"], style=lambda row: styles[row["state"]]),
            Column("", lambda row: row["note"], gives_way=True, importance=1),
        )
        console = out()
        print_lines(Table(columns, console.width).lines(plain), console)


def _write_requirements(rows: list[Row], format: Format) -> None:
    from sonde.sdk.instrument.registry import missing_of

    missing = missing_of(rows)
    if format is Format.JSON:
        lines = [{"requirement": line, "libraries": names} for line, names in missing.items()]
        print(json.dumps({"requirements": lines}, indent=2 if sys.stdout.isatty() else None))
    elif not missing:
        from sonde.cli.terminal import note

        note("nothing is missing")
    else:
        for line, names in missing.items():
            print(f'pip install "{line}"  # {", ".join(names)}')
