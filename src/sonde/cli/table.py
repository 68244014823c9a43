"""Rows in columns that fit the terminal.

Rich's own table takes some 0.3 ms a row and shrinks every column alike; here long columns give
way first, then the least important ones go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sonde.cli.terminal import harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Row = dict[str, Any]

GAP = "  "
SHORTEST = 10
"""Cells that a column which gives way keeps at least."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; `text` and `style` read a row of the API."""

    title: str
    text: Callable[[Row], str]
    style: Callable[[Row], str] | None = None
    right: bool = False
    gives_way: bool = False
    importance: int = 9
    """The least important column is left out first when the rest does not fit."""
    short: int = 0
    """Cells to which the text is cut, before anything else, where the whole does not fit; 0: none."""
    keeps: int = SHORTEST
    """Cells that it keeps at least, if it gives way: for an id, what commands need to find it again."""


class Table:
    """Lays out columns once, from the first rows; later rows follow the same widths."""

    def __init__(self, columns: Sequence[Column], width: int) -> None:
        self._columns = list(columns)
        self._width = width
        self._widths: list[int] = []

    def lines(self, rows: Sequence[Row]) -> Iterator[Text]:
        """The heading, when these are the first rows, and a line for each row."""
        from rich.text import Text

        cells = [[harmless(column.text(row)) for column in self._columns] for row in rows]
        if not self._widths:
            cells = self._lay_out(cells)
            yield Text(
                self._heading(),
                style="bold dim",
            )
        for row, texts in zip(rows, cells, strict=True):
            yield self._styled(row, texts)

    def _lay_out(self, cells: list[list[str]]) -> list[list[str]]:
        from rich.cells import cell_len

        natural = [
            max([len(column.title), *(cell_len(row[index]) for row in cells)])
            for index, column in enumerate(self._columns)
        ]
        chosen = fit(self._columns, natural, self._width)
        self._columns = [self._columns[index] for index in sorted(chosen)]
        self._widths = [chosen[index] for index in sorted(chosen)]
        return [[row[index] for index in sorted(chosen)] for row in cells]

    def _styled(self, row: Row, texts: list[str]) -> Text:
        from rich.text import Text

        line = Text()
        last = len(texts) - 1
        for index, (column, text) in enumerate(zip(self._columns, texts, strict=True)):
            width = self._widths[index]
            cell = fitted(text[:width] if column.short else text, width, right=column.right)
            if index == last:
                cell = cell.rstrip()
            line.append(cell, style=column.style(row) if column.style else "")
            if index != last:
                line.append(GAP)
        return line

    def _heading(self) -> str:
        pairs = zip(self._columns, self._widths, strict=True)
        return GAP.join(fitted(column.title, width, right=column.right) for column, width in pairs).rstrip()


def fit(columns: Sequence[Column], natural: Sequence[int], width: int) -> dict[int, int]:
    """Widths of the columns that are shown, by their index."""
    shown = set(range(len(columns)))
    if sum(natural) + len(GAP) * (len(columns) - 1) > width:
        natural = [column.short or cells for column, cells in zip(columns, natural, strict=True)]
    while True:
        room = width - len(GAP) * (len(shown) - 1)
        soft = [index for index in shown if columns[index].gives_way]
        least = sum(min(natural[i], columns[i].keeps) if i in soft else natural[i] for i in shown)
        if least <= room or len(shown) == 1:
            break
        shown.remove(min(shown, key=lambda index: (columns[index].importance, -index)))
    widths = {index: natural[index] for index in shown}
    # The widest gives way until all fit.
    excess = sum(widths.values()) - room
    while excess > 0 and soft:
        # One that keeps more than it has left only once none else can give way.
        giving = [index for index in soft if widths[index] > columns[index].keeps] or soft
        widest = max(giving, key=lambda index: widths[index])
        if widths[widest] <= 1:
            break
        second = max((widths[index] for index in giving if index != widest), default=SHORTEST)
        if giving is not soft:
            second = max(second, columns[widest].keeps)
        cut = max(1, min(excess, widths[widest] - second))
        widths[widest] -= cut
        excess -= cut
    if len(shown) == 1:
        (only,) = shown
        widths[only] = min(widths[only], width)
    return widths


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells, cut with an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size("…", width)
    padding = " " * (width - length)
    return padding + text if right else text + padding


def print_lines(lines: Iterable[Text], console: Console) -> None:
    """Print without wrapping."""
    for line in lines:
        console.print(line, soft_wrap=True)
