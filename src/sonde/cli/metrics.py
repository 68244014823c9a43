"""`sonde metrics`: which metrics there are, and the points of one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import Output, Server, Times, grouped
from sonde.cli.options import (
    Format,
)

if TYPE_CHECKING:
    from pathlib import Path

    from rich.text import Text

    from sonde.cli.source import Source
    from sonde.cli.table import Row

_BLOCKS = "▁▂▃▄▅▆▇█"


@grouped
def command(
    name: Annotated[
        str | None,
        typer.Argument(help="Metric whose points to show; all metrics without.", show_default=False),
    ] = None,
    aggregate: Annotated[
        str | None,
        typer.Option(
            help="avg, sum, min, max, last, rate, increase, p50, p95, p99. By default what suits the metric."
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="One series for each value of these attributes, separated by commas.")
    ] = None,
    where: Annotated[
        str | None, typer.Option(help="Only points that match, e.g. 'service:checkout'.")
    ] = None,
    step: Annotated[
        str | None, typer.Option(help="Width of a point, e.g. 1m. By default what suits the time.")
    ] = None,
    *,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List metrics, or show the series of one with a sparkline.

    Exits with 1 when there is nothing to show.

    Examples:

      sonde metrics

      sonde metrics http.server.request.duration --aggregate p95 --by http.route

      sonde metrics orders.placed --aggregate rate --time-range 1h --format csv
    """
    from sonde.cli.columns import METRICS
    from sonde.cli.listing import Listing
    from sonde.cli.query import caret_under, nothing_found
    from sonde.errors import BadRequest

    wanted = {"aggregate": aggregate, "by": by, "where": where, "step": step}
    given = {option: value for option, value in wanted.items() if value is not None}
    if name is None and given:
        raise BadRequest(f"cannot use --{next(iter(given))} without the name of a metric")
    params: dict[str, str | int] = {**times.params(), **given}
    shape = output.shape()
    with server.open() as source, caret_under(where or ""):
        if name is None:
            count = Listing(source, METRICS, params).write(shape, export=output.export)
        else:
            count = _write_series(source, name, params, shape, output.export)
    if not count:
        nothing_found(f"points of {name}" if name else "metrics", where or "", params)


def _write_series(
    source: Source, name: str, params: dict[str, str | int], format: Format, export: Path | None
) -> int:
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.listing import destination
    from sonde.cli.query import span_of_time
    from sonde.cli.table import print_lines
    from sonde.cli.terminal import harmless_json, note, out
    from sonde.errors import NotFound, ServerRefused
    from sonde.id_paths import id_in_path

    try:
        text = source.get_text(f"/api/v1/metrics/{id_in_path(name)}", params)
    except ServerRefused as error:
        if error.answer != NotFound.code:
            raise
        found = f"no points of {name}{span_of_time(params)}"
        raise NotFound(found, hint="`sonde metrics` lists the metrics there are") from None
    answer = json.loads(text)
    series: list[Row] = answer["series"]
    if format is Format.TABLE:
        console = out()
        print_lines(_lines(answer, series, console.width), console)
        if answer["truncated"]:
            note(f"only the first {len(series)} series: narrow them with --where, or use another --by")
        return sum(len(one["points"]) for one in series)
    with destination(export) as file:
        if format is Format.JSON:
            file.write(harmless_json(text) + "\n")
        else:
            CsvWriter(file, _POINT_FIELDS).rows(_points(name, series))
    return sum(len(one["points"]) for one in series)


_POINT_FIELDS = ("metric", "unixMs", "value", "attributes")


def _points(name: str, series: Sequence[Row]) -> list[Row]:
    return [
        {"metric": name, "unixMs": at, "value": value, "attributes": one["attributes"]}
        for one in series
        for at, value in one["points"]
    ]


def _lines(answer: Row, series: Sequence[Row], width: int) -> list[Text]:
    from rich.text import Text

    from sonde.cli.table import Column, Table
    from sonde.cli.terminal import UNBOUNDED_WIDTH, harmless

    spark_width = 40 if width >= UNBOUNDED_WIDTH else max(10, min(60, width // 3))

    def read(name: str) -> Column:
        return Column(name.upper(), lambda row: number(row[name]), right=True, importance=5)

    rows = [
        {
            "labels": ", ".join(f"{key}={value}" for key, value in one["attributes"].items()) or "all",
            "spark": sparkline(values, spark_width),
            "last": values[-1],
            "min": min(values),
            "avg": sum(values) / len(values),
            "max": max(values),
        }
        for one in series
        if (values := [float(value) for _, value in one["points"] if value is not None])
    ]
    if not rows:
        return []
    columns = [
        Column("SERIES", lambda row: str(row["labels"]), gives_way=True),
        Column("", lambda row: str(row["spark"]), lambda row: "cyan", importance=8),
        *(read(name) for name in ("last", "min", "avg", "max")),
    ]
    facts = ", ".join(
        part for part in (answer["type"], answer["aggregate"], unit_of(answer), every(answer)) if part
    )
    title = Text(harmless(str(answer["name"])), style="bold")
    if facts:
        title.append(f"  {harmless(facts)}", style="dim")
    return [title, *Table(columns, width).lines(rows)]


def unit_of(answer: Row) -> str:
    """The unit of the values. Rate and increase of a histogram count measurements, whatever their unit."""
    unit = str(answer["unit"])
    if answer["aggregate"] in ("rate", "increase") and answer["type"] != "counter":
        unit = ""
    if answer["aggregate"] == "rate":
        return f"{unit}/s" if unit else "per second"
    return unit


def every(answer: Row) -> str:
    """How much time one point stands for."""
    from sonde.cli.times import duration

    step = duration(int(answer["stepMs"]) * 1e6)
    return f"a point every {step.removesuffix(' 00 s').removesuffix(' 00 m')}"


def sparkline(values: Sequence[float], width: int) -> str:
    """Values as blocks, from the least to the greatest; more values than cells are averaged."""
    if len(values) > width:
        edges = [round(index * len(values) / width) for index in range(width + 1)]
        groups = [values[low : max(high, low + 1)] for low, high in pairwise(edges)]
        values = [sum(group) / len(group) for group in groups]
    low, high = min(values), max(values)
    if high == low:
        return _BLOCKS[3] * len(values)
    return "".join(_BLOCKS[int((value - low) / (high - low) * (len(_BLOCKS) - 1) + 0.5)] for value in values)


def number(value: float) -> str:
    """A number in four significant digits, large ones with k, M, G."""
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= factor:
            scale = 1e3 if letter == "k" else factor
            return f"{value / scale:.4g} {letter}"
    return f"{value:.4g}"
