"""An execution of a pipeline drawn in a terminal: layers of scripts, bars in true time. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.text import Text

from sonde.cli import about
from sonde.cli.columns import STATUS_STYLES, duration_text, unix_ns
from sonde.cli.table import fitted
from sonde.cli.terminal import harmless
from sonde.cli.times import local_time

if TYPE_CHECKING:
    from sonde.cli.table import Row

WIDEST = 160
NAME_WIDTH = 28
STATUS_WIDTH = 7
DURATION_WIDTH = 8
LEAST_BAR = 12
VALUE_LENGTH = 60
SIGNS = {"added": "+", "changed": "~", "removed": "-"}


def drawn(execution: Row, width: int) -> Iterator[Text]:
    """The lines of an execution, as the API sends it."""
    yield _heading(execution)
    facts = [("user", execution["userId"]), ("from", execution["requestIp"])]
    told = [f"{name} {harmless(str(value))}" for name, value in facts if value]
    if told:
        yield Text("  ".join(told), style="dim")
    blocker = execution["blockedBy"]
    if blocker is not None:
        who = harmless(str(blocker["name"])) or "the engine"
        yield Text(f"blocked by {who}: {harmless(str(blocker['reason']))}", style=STATUS_STYLES["blocked"])
    elif execution["statusMessage"]:
        yield Text(harmless(str(execution["statusMessage"])), style=_style(execution))
    yield from about.lines(_concerns(execution))
    whole_ns = _length_ns(execution)
    for layer in execution["layers"]:
        yield Text("")
        yield Text(f"layer {layer['index']}", style="bold")
        for script in layer["scripts"]:
            yield _script_line(script, whole_ns, min(width, WIDEST))
            if script["statusMessage"]:
                yield Text(f"    {harmless(str(script['statusMessage']))}", style=_style(script) or "dim")
            yield from _changes(script["changes"], "    ")
    if execution["changes"]:
        yield Text("")
        line = Text("the result against the context", style="bold")
        how = "all of it" if execution["resultIsWhole"] else "what the scripts left; the rest stays as it was"
        line.append(f", read as {how}", style="dim")
        yield line
        yield from _changes(execution["changes"], "  ")


def _concerns(execution: Row) -> list[about.Concern]:
    def known(name: str) -> list[str]:
        return [execution[name]] if execution[name] else []

    belongs: Row = {
        "conversationIds": execution["conversationIds"],
        "orchestrationIds": known("orchestrationId"),
        "pipelines": [],
        "sessionIds": known("sessionId"),
    }
    return [
        *map(about.run, known("runId")),
        *about.surroundings(belongs),
        *about.entities(execution["entities"]),
        *about.traces([execution["traceId"]]),
    ]


def _heading(execution: Row) -> Text:
    line = Text(harmless(str(execution["triggerEvent"])), style="bold")
    line.append(f"  {execution['status']}", style=_style(execution))
    line.append(f"  {duration_text(execution)}  {local_time(unix_ns(execution))}", style="dim")
    return line


def _script_line(script: Row, whole_ns: int, width: int) -> Text:
    line = Text("  ")
    line.append(fitted(harmless(str(script["name"])), NAME_WIDTH))
    line.append("  ")
    line.append(fitted(str(script["status"]), STATUS_WIDTH), style=_style(script))
    line.append("  ")
    line.append(fitted(duration_text(script), DURATION_WIDTH, right=True))
    room = max(LEAST_BAR, width - NAME_WIDTH - STATUS_WIDTH - DURATION_WIDTH - 8)
    start = min(room - 1, max(0, script["startNs"] * room // whole_ns))
    length = max(1, min(room - start, round(script["durationNs"] * room / whole_ns)))
    line.append("  " + " " * start)
    line.append("█" * length, style=_style(script) or "cyan")
    return line


def _length_ns(execution: Row) -> int:
    ends = [int(layer["endNs"]) for layer in execution["layers"]]
    return max(1, int(execution["durationNs"]), *ends)


def _changes(changes: list[Row], indent: str) -> Iterator[Text]:
    for change in changes:
        path = harmless(str(change["path"])) or "(all)"
        line = Text(f"{indent}{SIGNS[change['kind']]} {path}: ")
        if change["kind"] != "added":
            line.append(_value(change["before"]), style="dim")
        if change["kind"] == "changed":
            line.append(" → ")
        if change["kind"] != "removed":
            line.append(_value(change["after"]))
        yield line


def _value(value: Any) -> str:
    text = harmless(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= VALUE_LENGTH else f"{text[:VALUE_LENGTH]}…"


def _style(row: Row) -> str:
    return STATUS_STYLES.get(str(row["status"]), "")
