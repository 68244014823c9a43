"""Captured spans as trees, and as the text that a failing assertion shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from opentelemetry._logs import LogRecord
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from sonde import semconv
from sonde.durations import duration_text

# Where in the program a span was made, and random ids: in the way of who reads the tree.
_LEFT_OUT = frozenset(
    {semconv.CODE_FILE_PATH, semconv.CODE_LINE_NUMBER, semconv.CODE_FUNCTION_NAME, semconv.RECORD_UID}
)
_WIDTH = 60
_ATTRIBUTES = 6


@dataclass(slots=True)
class Node:
    """A span and the spans below it, in the order in which they began."""

    span: ReadableSpan
    children: list[Node] = field(default_factory=list["Node"])

    def below(self) -> Iterator[Node]:
        """Every node below this one, depth first."""
        for child in self.children:
            yield child
            yield from child.below()


def forest(spans: Sequence[ReadableSpan]) -> list[Node]:
    """The spans as trees. A span whose parent is not among them is a root."""
    ordered = sorted(spans, key=lambda span: (span.start_time or 0, _id(span)))
    nodes = {_key(span): Node(span) for span in ordered}
    roots: list[Node] = []
    for node in nodes.values():
        parent = node.span.parent
        above = nodes.get((parent.trace_id, parent.span_id)) if parent else None
        (roots if above is None else above.children).append(node)
    return roots


def tree_text(
    spans: Sequence[ReadableSpan], running: Sequence[ReadableSpan], logs: Sequence[LogRecord]
) -> str:
    """Spans below their parents with their events and logs, and after them the logs outside of every span."""
    held = {_key(span) for span in (*spans, *running)}
    inside: dict[tuple[int, int], list[LogRecord]] = {}
    outside: list[LogRecord] = []
    for record in logs:
        key = (record.trace_id or 0, record.span_id or 0)
        (inside.setdefault(key, []) if key in held else outside).append(record)
    lines: list[str] = []
    for root in forest([*spans, *running]):
        lines += _lines(root, inside, "", "")
    lines += [f"{_log(record)}  (outside of every span)" for record in outside]
    return "\n".join(["captured:", *lines]) if lines else "captured: nothing"


def _lines(
    node: Node, logs: Mapping[tuple[int, int], Sequence[LogRecord]], first: str, further: str
) -> Iterator[str]:
    span = node.span
    yield f"{first}{_title(span)}"
    margin = further + ("│    " if node.children else "     ")
    for event in span.events:
        yield f"{margin}{event.name}{_attributes(event.attributes)}"
    for record in logs.get(_key(span), ()):
        yield f"{margin}{_log(record)}"
    for child in node.children:
        last = child is node.children[-1]
        yield from _lines(
            child, logs, further + ("└─ " if last else "├─ "), further + ("   " if last else "│  ")
        )


def _title(span: ReadableSpan) -> str:
    if span.end_time is None:
        length = "running"
    else:
        length = duration_text((span.end_time - (span.start_time or 0)) / 1e9)
    status = ""
    if span.status.status_code is StatusCode.ERROR:
        status = f"  ERROR {span.status.description or ''}".rstrip()
    return f"{span.name}  {length}{status}{_attributes(span.attributes)}"


def _log(record: LogRecord) -> str:
    kind = f"event {record.event_name}" if record.event_name else f"log {record.severity_text or ''}".rstrip()
    body = "" if record.body is None else f"  {_short(record.body)}"
    return f"{kind}{body}{_attributes(record.attributes)}"


def _attributes(attributes: Mapping[str, object] | None) -> str:
    told = [item for item in (attributes or {}).items() if item[0] not in _LEFT_OUT]
    if not told:
        return ""
    shown = [f"{name}={_short(value)}" for name, value in told[:_ATTRIBUTES]]
    more = f" … {len(told)} attributes" if len(told) > _ATTRIBUTES else ""
    return f"  {' '.join(shown)}{more}"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def _key(span: ReadableSpan) -> tuple[int, int]:
    context = span.context
    return (context.trace_id, context.span_id) if context else (0, 0)


def _id(span: ReadableSpan) -> int:
    return span.context.span_id if span.context else 0
