"""Lists of records: fetched page by page, written as table, JSON or CSV."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sonde.cli.columns import Kind
from sonde.cli.csv_text import CsvWriter
from sonde.cli.options import Format
from sonde.cli.progress import bar
from sonde.cli.source import Source
from sonde.cli.table import Row, Table, print_lines
from sonde.cli.terminal import harmless_json, note, out
from sonde.errors import BadRequest

PAGE_ROWS = 1000
"""Rows of one request when all are wanted, and of lists that have no pages."""


class Listing:
    """One list that a command was asked for."""

    def __init__(self, source: Source, kind: Kind, params: Mapping[str, str | int]) -> None:
        self._source = source
        self._kind = kind
        self._params = dict(params)
        if not kind.paged:
            self._params.setdefault("limit", PAGE_ROWS)
        self._on_terminal = False
        self.next_cursor: str | None = None
        self.count = 0
        self.exact = True
        """Whether the server vouches for its counts."""
        self.statuses: list[str] = []
        """Those that there are, where the ones asked for left nothing."""

    def write(self, format: Format, *, export: Path | None = None, everything: bool = False) -> int:
        """Write the rows to standard output or a file; returns how many there were."""
        with destination(export) as file:
            self._on_terminal = file.isatty()
            if format is Format.JSON:
                self._write_json(file, everything)
            elif format is Format.CSV:
                self._write_csv(file, everything)
            else:
                self._write_table(everything)
        if export is not None:
            note(f"{self.count} {self._kind.noun} written to {export}")
        self._say_if_cut()
        if self.next_cursor and format is not Format.JSON:
            note(f"there are more: --all, or --cursor {self.next_cursor}")
        return self.count

    def all_rows(self) -> list[Row]:
        """The rows of a list that has no pages; says when there are more."""
        rows = self._rows_of(self._source.get(self._kind.path, self._params))
        self._say_if_cut()
        return rows

    def _say_if_cut(self) -> None:
        if not self._kind.paged and self.count == self._params["limit"]:
            note(f"only the first {self.count} {self._kind.noun}: narrow the search, or the time")

    def _rows_of(self, answer: Row) -> list[Row]:
        """The rows of an answer; keeps in mind what else it says."""
        rows: list[Row] = answer[self._kind.key]
        self.count += len(rows)
        self.next_cursor = answer.get("nextCursor")
        self.exact = bool(answer.get("exact", True))
        self.statuses = answer.get("statuses", [])
        return rows

    def _pages(self, everything: bool) -> Iterator[list[Row]]:
        params = dict(self._params)
        if everything:
            params.setdefault("limit", PAGE_ROWS)
        # Rows that scroll by are progress enough, and a bar would be drawn among them.
        with bar(self._kind.noun, shown=not self._on_terminal) as advance:
            while True:
                answer = self._source.get(self._kind.path, params)
                yield self._rows_of(answer)
                advance(self.count)
                if not (everything and self.next_cursor):
                    return
                params["cursor"] = self.next_cursor

    def _write_json(self, file: TextIO, everything: bool) -> None:
        indent = 2 if file.isatty() else None
        if not everything:
            text = self._source.get_text(self._kind.path, self._params)
            answer = json.loads(text)
            self._rows_of(answer)
            if indent:
                text = json.dumps(answer, ensure_ascii=False, indent=indent)
            file.write(harmless_json(text) + "\n")
            return
        # The same shape as one page of the API, written page by page: the whole may be large.
        file.write(f'{{"{self._kind.key}":[')
        separator = ""
        for rows in self._pages(everything):
            for row in rows:
                file.write(separator + harmless_json(json.dumps(row, ensure_ascii=False, indent=indent)))
                separator = ",\n"
        file.write('],"nextCursor":null}\n')

    def _write_csv(self, file: TextIO, everything: bool) -> None:
        writer = CsvWriter(file, self._kind.csv)
        for rows in self._pages(everything):
            writer.rows(rows)

    def _write_table(self, everything: bool) -> None:
        console = out()
        table: Table | None = None
        for rows in self._pages(everything):
            if table is None:
                if not rows:
                    return
                table = Table(self._kind.columns(rows), console.width)
            print_lines(table.lines(rows), console)


@contextmanager
def destination(export: Path | None) -> Generator[TextIO]:
    """Standard output, or a file that takes the place of `export` once it is whole."""
    if export is None:
        yield sys.stdout
        return
    with replacing(export) as file:
        yield file


@contextmanager
def replacing(path: Path) -> Generator[TextIO]:
    """A file that takes the place of `path` only once it is written whole. Raises BadRequest."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.absolute().parent)
    except OSError as error:
        raise BadRequest(f"cannot write {path}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise BadRequest(f"cannot write {path}: {error.strerror}") from None
        raise
