"""CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from typing import TextIO

from sonde.cli.table import Row
from sonde.cli.terminal import harmless

# A cell of text that begins so is a formula to spreadsheets (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A value as a CSV cell: numbers as they are, objects and lists as JSON, text with an
    apostrophe before what a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) and not _is_number(value) else value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class CsvWriter:
    """Writes a heading and rows of the API to a file (RFC 4180 quoting, a line feed at line ends).

    On a terminal, control characters are shown instead of obeyed."""

    def __init__(self, file: TextIO, fields: Sequence[str]) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        self._fields = fields
        self._on_terminal = file.isatty()
        self.values([fields])

    def rows(self, rows: Sequence[Row]) -> None:
        """Write rows; a field that a row lacks is empty."""
        self.values([[row.get(field) for field in self._fields] for row in rows])

    def values(self, rows: Sequence[Sequence[object]]) -> None:
        """Write rows whose values come in the order of the fields."""
        for row in rows:
            cells = [cell(value) for value in row]
            if self._on_terminal:
                cells = [harmless(text) for text in cells]
            # The csv module quotes a line feed but not a carriage return, which readers take for a new row.
            writer = self._quoting if any("\r" in text for text in cells) else self._writer
            writer.writerow(cells)
