"""An orchestration drawn in a terminal: phases and components as bars in true time, events by phase. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from sonde.cli import about
from sonde.cli.columns import SHORT_TRACE_ID, severity_style, status_style, unix_ns
from sonde.cli.table import fitted
from sonde.cli.terminal import harmless
from sonde.cli.times import duration, iso_to_ns, local_time

if TYPE_CHECKING:
    from sonde.cli.table import Row

WIDEST = 160
NAME_WIDTH = 24
FIGURES_WIDTH = 30
LEAST_BAR = 12
TRACES_SHOWN = 4


def drawn(found: Row, width: int) -> Iterator[Text]:
    """The lines of an orchestration, as the API sends it."""
    yield from _head(found)
    whole_ns = max(1, int(found["durationNs"]))
    room = max(LEAST_BAR, min(width, WIDEST) - NAME_WIDTH - FIGURES_WIDTH - 4)
    for title, rows, name in (
        ("phases", found["bands"], "phase"),
        ("components", found["lanes"], "component"),
    ):
        if rows:
            yield Text("")
            yield Text(title, style="bold")
        for row in rows:
            yield _bar_line(row, str(row[name]), whole_ns, room)
    if found["violations"]:
        yield Text("")
        yield Text("violations", style="bold red")
        for event in found["violations"]:
            yield from _violation(event)
    for band in found["bands"]:
        if band["events"]:
            yield Text("")
            yield Text(f"{harmless(band['phase']) or 'in no phase'}", style="bold").append(
                f"  {_several(band['eventCount'], 'event')}", style="dim"
            )
        for event in band["events"]:
            yield _event(event, width)
        if band["eventCount"] > len(band["events"]):
            yield Text(f"  … and {band['eventCount'] - len(band['events'])} more", style="dim")


def _head(found: Row) -> Iterator[Text]:
    title = Text(f"{harmless(found['orchestrationId'])}  ", style="bold")
    title.append(harmless(found["status"]), style=status_style(found))
    if found["phase"]:
        title.append(f"  {harmless(found['phase'])}", style="default")
    yield title
    facts = [
        local_time(unix_ns(found), with_date=True),
        duration(found["durationNs"]) + (" so far" if found["isOpen"] else ""),
        _several(found["spanCount"], "span"),
        _several(found["eventCount"], "event"),
        _several(found["errorCount"], "error"),
        _several(found["violationCount"], "violation"),
    ]
    yield Text("  ".join(facts), style="dim")
    if found["message"]:
        yield Text(harmless(found["message"]))
    concerns = [
        *map(about.run, found["runIds"]),
        *about.surroundings(found["about"]),
        *about.entities(found["entities"]),
        *about.traces(found["traceIds"]),
    ]
    yield from about.lines(concerns, {"trace": found["traceCount"]})


def _bar_line(row: Row, name: str, whole_ns: int, room: int) -> Text:
    line = Text("  ")
    line.append(fitted(harmless(name) or "(none)", NAME_WIDTH))
    start_ns, end_ns = row["startNs"], row["endNs"]
    took = "" if start_ns is None else "running" if row.get("isOpen") else duration(end_ns - start_ns)
    figures = f"{took:>9}  {row['spanCount']:>5} sp {row['eventCount']:>5} ev"
    line.append("  " + fitted(figures, FIGURES_WIDTH), style="bold red" if row["errorCount"] else "")
    if start_ns is not None:
        start = min(room - 1, max(0, start_ns * room // whole_ns))
        length = max(1, min(room - start, round((end_ns - start_ns) * room / whole_ns)))
        line.append(" " * start)
        line.append("█" * length, style="red" if row["errorCount"] else "cyan")
    return line


def _violation(event: Row) -> Iterator[Text]:
    violation = event["violation"]
    line = Text("  ")
    line.append(harmless(violation["rule"]) or "(no rule)", style="red")
    told = event["message"].removeprefix(violation["rule"]).removeprefix(": ")
    if told:
        line.append(f": {harmless(told)}")
    yield line
    if shown := violation["traceIds"][:TRACES_SHOWN]:
        more = len(violation["traceIds"]) - len(shown)
        yield Text(
            "    " + "  ".join(harmless(each) for each in shown) + (f"  and {more} more" if more else ""),
            style="cyan",
        )


def _event(event: Row, width: int) -> Text:
    line = Text(f"  {local_time(iso_to_ns(event['at']), with_date=False)}  ", style="dim")
    line.append(fitted(harmless(event["component"]), 14), style="default not dim")
    line.append("  ")
    line.append(harmless(event["eventType"]), style=severity_style(event) or "default not dim")
    told = Text()
    if event["message"]:
        told.append(f"  {harmless(event['message'])}", style="default not dim")
    if event["reason"] and event["reason"] not in event["message"]:
        told.append(f"  because {harmless(event['reason'])}", style="yellow not dim")
    trace = f"  {event['traceId'][:SHORT_TRACE_ID]}" if event["traceId"] else ""
    line.append_text(told)
    # A line break would cut it; those of all events are told above.
    return line.append(trace, style="cyan not dim") if line.cell_len + len(trace) <= width else line


def _several(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
