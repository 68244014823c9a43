"""How scripts of pipelines fared over time, drawn in a terminal or as rows for CSV. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.text import Text

from sonde.cli.columns import STATUS_STYLES, milliseconds
from sonde.cli.table import fitted
from sonde.cli.terminal import harmless
from sonde.cli.times import local_time

if TYPE_CHECKING:
    from sonde.cli.table import Row

LABEL_WIDTH = 8
FIGURES_WIDTH = 38
NAME_LENGTH = 60
LEAST_CELLS = 12
_LEVELS = "▁▂▃▄▅▆▇█"

POINT_FIELDS = (
    "triggerEvent", "service", "layerIndex", "parallelIndex", "name", "scriptId", "unixMs", "count",
    "errorCount", "blockCount", "skipCount", "ratePerS", "errorRate", "blockRate", "skipRate",
    "p50Ms", "p95Ms",
)  # fmt: skip
_READ_FROM = {
    "unixMs": "ms",
    "count": "counts",
    "errorCount": "errors",
    "blockCount": "blocks",
    "skipCount": "skips",
}


def drawn(scripts: Sequence[Row], width: int) -> Iterator[Text]:
    """For each script a line of what it is, and a line of blocks for each figure, all to the same times."""
    for index, script in enumerate(scripts):
        if index:
            yield Text("")
        else:
            yield _times(script["series"])
        yield _heading(script)
        yield from _figures(script, max(LEAST_CELLS, width - LABEL_WIDTH - FIGURES_WIDTH - 6))


def points(scripts: Sequence[Row]) -> Iterator[Row]:
    """A row for each script and step of time, with the fields of POINT_FIELDS."""
    for script in scripts:
        series = script["series"]
        for at in range(len(series["ms"])):
            yield {
                name: series[source][at] if (source := _READ_FROM.get(name, name)) in series else script[name]
                for name in POINT_FIELDS
            }


def _times(series: Row) -> Text:
    starts: Sequence[int] = series["ms"]
    step_ms = starts[1] - starts[0] if len(starts) > 1 else 0
    first, end = (local_time(ms * 10**6).removesuffix(".000") for ms in (starts[0], starts[-1] + step_ms))
    return Text(f"from {first} to {end}", style="dim")


def _heading(script: Row) -> Text:
    line = Text(_cut(script["name"]) or "(no name)", style="bold")
    where = [script["triggerEvent"], script["service"], f"layer {script['layerIndex']}"]
    line.append("  " + "  ".join(_cut(each) for each in where if each), style="dim")
    return line


def _cut(text: str) -> str:
    text = harmless(text)
    return text if len(text) <= NAME_LENGTH else f"{text[:NAME_LENGTH]}…"


def _figures(script: Row, cells: int) -> Iterator[Text]:
    series = script["series"]
    lines: list[tuple[str, str, str, str, Callable[[float], str]]] = [
        ("ran", "ratePerS", "", _times_ran(script["runCount"]), _per_second),
        ("errors", "errorRate", "errors", _share(script, "error"), _percent),
        ("blocked", "blockRate", "blocks", _share(script, "block"), _percent),
        ("skipped", "skipRate", "skips", _share(script, "skip"), _percent),
        ("p95", "p95Ms", "", milliseconds(script["p95Ms"]), milliseconds),
    ]
    styles = {"errors": "error", "blocked": "blocked"}
    for label, name, counts, whole, told in lines:
        values = series[name]
        most = max((value for value in values if value is not None), default=0)
        if name != "ratePerS" and not most:
            continue
        said = f"{whole}, at most {told(most)}"
        if counts:
            said += f", first {_first(series, counts)}"
        line = Text(f"  {fitted(label, LABEL_WIDTH)}  ")
        line.append(blocks(values, cells), style=STATUS_STYLES.get(styles.get(label, ""), "cyan"))
        line.append(f"  {said}", style="dim")
        yield line


def _times_ran(number: int) -> str:
    return f"{number} time" if number == 1 else f"{number} times"


def _share(script: Row, kind: str) -> str:
    return f"{script[f'{kind}Rate']:.1%}"


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _per_second(value: float) -> str:
    return f"{value:.3g}/s" if value >= 0.1 or not value else f"{value * 60:.2g}/min"


def _first(series: Row, counts: str) -> str:
    starts: Sequence[int] = series["ms"]
    at = next((ms for ms, number in zip(starts, series[counts], strict=True) if number), None)
    if at is None:
        return ""
    begin, end, found = (local_time(ms * 10**6) for ms in (starts[0], starts[-1], at))
    return found[11:19] if begin[:10] == end[:10] else found[5:16]


def blocks(values: Sequence[float | None], cells: int) -> str:
    """Values from 0 to the greatest as blocks, "·" where there is none. More values than cells: the greatest
    of those that fall together, so that nothing that stands out is lost."""
    if len(values) > cells:
        edges = [index * len(values) // cells for index in range(cells + 1)]
        values = [_greatest(values[low:high]) for low, high in pairwise(edges)]
    most = max((value for value in values if value is not None), default=0) or 1
    # What is not quite nothing must not look like it.
    return "".join(
        "·" if value is None else _LEVELS[0] if value <= 0 else _LEVELS[max(1, round(value / most * 7))]
        for value in values
    )


def _greatest(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
