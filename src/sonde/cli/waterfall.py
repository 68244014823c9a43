"""A trace drawn in a terminal: the tree on the left, bars in true time on the right. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.text import Text

from sonde.cli.columns import STATUS_STYLES, severity_style, unix_ns
from sonde.cli.table import fitted
from sonde.cli.terminal import harmless
from sonde.cli.times import duration, local_time

if TYPE_CHECKING:
    from sonde.cli.table import Row

SERVICE_COLOURS = (
    "cyan",
    "green",
    "magenta",
    "blue",
    "yellow",
    "bright_cyan",
    "bright_magenta",
    "bright_green",
)
DURATION_WIDTH = 8
LEAST_BAR = 12
WIDEST = 220
"""Wider terminals keep the bars this near to their names."""
LEAST_NAME = 20
"""Cells left for a name however deep its span is: deeper levels share an indent."""


@dataclass(slots=True)
class Node:
    """A span and its place in the tree."""

    row: Row
    start_ns: int
    end_ns: int
    children: list[Node] = field(default_factory=list["Node"])
    hidden: int = 0
    """Spans below this one, and of its later siblings, that are not drawn."""
    hidden_errors: int = 0
    drawn: bool = True

    @property
    def is_error(self) -> bool:
        """Whether the span failed."""
        return self.row.get("statusCode") == "Error" or self.row.get("status") == "error"


def tree(spans: Sequence[Row]) -> list[Node]:
    """The roots of a trace; spans come depth first, each with its `depth` (as the API sends them)."""
    roots: list[Node] = []
    path: list[tuple[int, Node]] = []
    for row in spans:
        start = unix_ns(row)
        node = Node(row, start, start + int(row["durationNs"]))
        depth = int(row.get("depth") or 0)
        while path and path[-1][0] >= depth:
            path.pop()
        (path[-1][1].children if path else roots).append(node)
        path.append((depth, node))
    return roots


def choose(roots: Sequence[Node], limit: int) -> int:
    """Mark which spans are drawn, at most about `limit`: errors with the way to them, then what is near
    the root, then what took long. Returns how many are left out."""
    parents: dict[int, Node | None] = {}
    ranked: list[tuple[bool, int, int, int, Node]] = []
    order: list[Node] = []
    stack: list[tuple[Node, Node | None, int]] = [(root, None, 0) for root in reversed(roots)]
    while stack:
        node, parent, depth = stack.pop()
        parents[id(node)] = parent
        order.append(node)
        ranked.append((not node.is_error, depth, node.start_ns - node.end_ns, len(ranked), node))
        stack.extend((child, node, depth + 1) for child in reversed(node.children))
    if len(ranked) <= limit:
        return 0
    for node in order:
        node.drawn = False
    drawn = 0
    for *_, node in sorted(ranked, key=lambda entry: entry[:4]):
        way: list[Node] = []
        step: Node | None = node
        while step is not None and not step.drawn:
            way.append(step)
            step = parents[id(step)]
        if drawn + len(way) > limit:
            continue
        for step in way:
            step.drawn = True
        drawn += len(way)
    # Children before parents, so that a parent knows all that is hidden below it.
    for node in reversed(order):
        parent = parents[id(node)]
        if not node.drawn and parent is not None:
            parent.hidden += 1 + node.hidden
            parent.hidden_errors += node.is_error + node.hidden_errors
    return len(ranked) - drawn


@dataclass(frozen=True, slots=True)
class Layout:
    """Widths in cells. `bar` is 0 where the terminal is too narrow for bars."""

    name: int
    bar: int

    @classmethod
    def of(cls, width: int) -> Layout:
        """The layout for a terminal."""
        width = min(width, WIDEST)
        room = width - DURATION_WIDTH - 4
        bar = max(LEAST_BAR, int(room * 0.45))
        if room - bar < 24:
            return cls(max(8, width - DURATION_WIDTH - 2), 0)
        return cls(room - bar, bar)


@dataclass(frozen=True, slots=True)
class _Branch:
    """A span about to be drawn: what stands before it, and before what is below it."""

    node: Node
    lead: str
    below: str
    depth: int


class Waterfall:
    """The lines of one trace."""

    def __init__(self, roots: Sequence[Node], width: int, logs: Sequence[Row] = ()) -> None:
        self._roots = roots
        self._layout = Layout.of(width)
        self._deepest = max(1, (self._layout.name - LEAST_NAME) // 2)
        self._logs: dict[str, list[Row]] = {}
        for log in sorted(logs, key=unix_ns):
            self._logs.setdefault(str(log.get("spanId") or ""), []).append(log)
        nodes = list(_all(roots))
        self._start_ns = min(node.start_ns for node in nodes)
        self._end_ns = max(max(node.end_ns for node in nodes), self._start_ns + 1)
        self._colours: dict[str, str] = {}
        for node in nodes:
            service = str(node.row.get("service") or "")
            self._colours.setdefault(service, SERVICE_COLOURS[len(self._colours) % len(SERVICE_COLOURS)])

    def lines(self) -> Iterator[Text]:
        """Scale, spans with their logs, and the logs of no span here."""
        yield self._scale()
        seen: set[str] = set()
        stack: list[_Branch | Text] = []
        self._push(stack, self._roots, "", 0, top=True)
        while stack:
            branch = stack.pop()
            if isinstance(branch, Text):
                yield branch
                continue
            node, below = branch.node, branch.below
            span_id = str(node.row.get("spanId") or "")
            seen.add(span_id)
            yield self._span(node, branch.lead)
            drawn = [child for child in node.children if child.drawn]
            inside = below + ("│ " if drawn or node.hidden else "  ")
            for log in self._logs.get(span_id, ()):
                yield self._log(log, inside)
            if node.hidden:
                stack.append(self._hidden(node, below + "└╴"))
            self._push(stack, drawn, below, branch.depth + 1, more=node.hidden > 0)
        for span_id, logs in self._logs.items():
            if span_id not in seen:
                for log in logs:
                    yield self._log(log, "")

    def _push(
        self,
        stack: list[_Branch | Text],
        nodes: Sequence[Node],
        below: str,
        depth: int,
        *,
        top: bool = False,
        more: bool = False,
    ) -> None:
        shown = [node for node in nodes if node.drawn]
        for index in range(len(shown) - 1, -1, -1):
            lead = inner = ""
            if not top:
                last = index == len(shown) - 1 and not more
                lead = below + ("└╴" if last else "├╴")
                inner = below if depth >= self._deepest else below + ("  " if last else "│ ")
            stack.append(_Branch(shown[index], lead, inner, depth))

    def _span(self, node: Node, lead: str) -> Text:
        row = node.row
        service = harmless(str(row.get("service") or ""))
        colour = self._colours[str(row.get("service") or "")]
        style = "bold red" if node.is_error else "yellow" if row.get("status") == "blocked" else ""
        name = Text(lead, style="dim", end="")
        name.append(harmless(str(row.get("operation") or "")), style=style or "not dim")
        name.append(f"  {service}", style=f"not dim {colour}")
        if row.get("orphan"):
            name.append(
                f"  parent {harmless(str(row.get('parentSpanId') or ''))} missing", style="not dim yellow"
            )
        message = harmless(str(row.get("statusMessage") or ""))
        if node.is_error and message:
            name.append(f"  {message}", style="not dim red")
        status = str(row.get("status") or "")
        if status in ("blocked", "skipped"):
            name.append(f"  {status}", style=f"not dim {STATUS_STYLES[status]}")
        line = _cut(name, self._layout.name)
        took = "running" if row.get("isOpen") else duration(node.end_ns - node.start_ns)
        line.append("  " + fitted(took, DURATION_WIDTH, right=True), style=style)
        if self._layout.bar:
            end_ns = self._end_ns if row.get("isOpen") else node.end_ns
            cells = bar(
                node.start_ns - self._start_ns, end_ns - self._start_ns, self._span_ns, self._layout.bar
            )
            line.append(
                "  " + (cells.replace("█", "░") if row.get("isOpen") else cells), style=style or colour
            )
        line.rstrip()
        return line

    @property
    def _span_ns(self) -> int:
        return self._end_ns - self._start_ns

    def _log(self, log: Row, lead: str) -> Text:
        text = Text(lead + "· ", style="dim")
        text.append(local_time(unix_ns(log), with_date=False) + " ", style="dim")
        text.append(harmless(str(log.get("severity") or "")) + " ", style=severity_style(log) or "dim")
        words = " ".join(str(log[key]) for key in ("eventName", "body") if log.get(key))
        text.append(harmless(words), style="not dim")
        width = self._layout.name + DURATION_WIDTH + 2
        if not self._layout.bar:
            text.truncate(width, overflow="ellipsis")
            return text
        at = unix_ns(log) - self._start_ns
        cell = min(self._layout.bar - 1, max(0, at * self._layout.bar // self._span_ns))
        before_dot = width + 2 + cell
        if text.cell_len + 1 > before_dot:
            # The words say more than the dot, whose time stands before them.
            text.truncate(width + 2 + self._layout.bar, overflow="ellipsis")
            return text
        text.truncate(before_dot, pad=True)
        text.append("•", style=severity_style(log) or "dim")
        return text

    def _hidden(self, node: Node, lead: str) -> Text:
        text = Text(lead, style="dim")
        text.append(f"… {node.hidden} more")
        if node.hidden_errors:
            text.append(f", {node.hidden_errors} with errors", style="red")
        return text

    def _scale(self) -> Text:
        total = duration(self._span_ns)
        line = Text(
            fitted("SPAN", self._layout.name) + "  " + fitted("DURATION", DURATION_WIDTH), style="bold dim"
        )
        if self._layout.bar:
            marks = "0"
            middle = duration(self._span_ns / 2)
            if self._layout.bar // 2 + len(middle) + 1 + len(total) < self._layout.bar:
                marks = marks.ljust(self._layout.bar // 2) + middle
            line.append("  " + marks + total.rjust(self._layout.bar - len(marks)))
        return line


def bar(start_ns: int, end_ns: int, span_ns: int, width: int) -> str:
    """A bar in half cells, in true time; the shortest is half a cell."""
    halves = 2 * width
    first = min(halves - 1, max(0, start_ns * halves // span_ns))
    last = min(halves, max(first + 1, -(-end_ns * halves // span_ns)))
    cells = [" "] * width
    for cell in range(first // 2, (last + 1) // 2):
        left, right = 2 * cell >= first, 2 * cell + 1 < last
        cells[cell] = "█" if left and right else "▌" if left else "▐"
    return "".join(cells).rstrip()


def _cut(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis", pad=True)
    return text


def _all(roots: Sequence[Node]) -> Iterator[Node]:
    stack = list(roots)
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.children)


def heading(trace: Mapping[str, object], roots: Sequence[Node]) -> list[Text]:
    """Two lines on the whole trace, and what is odd about it."""
    first = roots[0]
    title = Text(f"trace {trace['traceId']}", style="bold")
    title.append(f"  {harmless(str(first.row.get('operation') or ''))}", style="bold")
    facts = [local_time(min(node.start_ns for node in _all(roots)))]
    took = trace.get("durationNs")
    if isinstance(took, int):
        facts.append(duration(took))
    spans, errors = trace.get("spanCount"), trace.get("errorCount")
    facts.append(f"{spans} span{'' if spans == 1 else 's'}")
    services = trace.get("services")
    if isinstance(services, list) and services:
        facts.append(harmless(", ".join(str(service) for service in services)))  # pyright: ignore[reportUnknownVariableType]  # JSON
    line = Text("  ".join(facts), style="dim")
    if errors:
        line.append(f"  {errors} error{'' if errors == 1 else 's'}", style="not dim bold red")
    lines = [title, line]
    if trace.get("missingRoot"):
        lines.append(
            Text("the root span is not here (yet): what follows are its known descendants", style="yellow")
        )
    return lines
