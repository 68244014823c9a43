"""Spans on standard error while a program is written: a tree for each trace, when its first span has ended.

GET /orders/7                                  12.1 ms
  load order                                    3.0 ms  orders.py:41
    SELECT orders                               1.2 ms
  price                                         0.4 ms  ValueError: no price
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from typing import Final, TextIO

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import StatusCode

from sonde import semconv
from sonde.sdk import forking
from sonde.sdk.complaints import complain

_INDENT: Final = "  "
_NAME_COLUMNS: Final = 48
_DETAIL_CHARS: Final = 160
# A trace that has more, or one too many that has not ended, is printed as far as it is.
_MOST_SPANS: Final = 1000
_MOST_TRACES: Final = 200
_RED: Final = "\x1b[31m"
_FAINT: Final = "\x1b[2m"
_PLAIN: Final = "\x1b[0m"


class ConsoleProcessor(SpanProcessor):
    """Prints; with colours where `stream` (default: standard error) is a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._traces: OrderedDict[int, list[ReadableSpan]] = OrderedDict()
        self.switched_on = True
        forking.in_child(self._forget)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing: a span is shown when it ended."""

    def on_end(self, span: ReadableSpan) -> None:
        """Keep the span until its trace's first span has ended, then print them all."""
        if not self.switched_on or span.context is None:
            return
        trace_id = span.context.trace_id
        first = span.parent is None or span.parent.is_remote
        with self._lock:
            spans = self._traces.setdefault(trace_id, [])
            spans.append(span)
            if first or len(spans) >= _MOST_SPANS:
                del self._traces[trace_id]
            elif len(self._traces) > _MOST_TRACES:
                _, spans = self._traces.popitem(last=False)
            else:
                return
        self._print(spans)

    def shutdown(self) -> None:
        """Print what has not been."""
        with self._lock:
            left, self._traces = self._traces, OrderedDict()
        for spans in left.values():
            self._print(spans)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._traces = OrderedDict()

    def _print(self, spans: list[ReadableSpan]) -> None:
        stream = self._stream or sys.stderr
        try:
            colours = stream.isatty()
            stream.write("".join(f"{line}\n" for line in tree_lines(spans, colours=colours)))
            stream.flush()
        except (OSError, ValueError, AttributeError) as error:  # closed, or none at all
            complain("cannot print spans: %s", error)


def tree_lines(spans: list[ReadableSpan], *, colours: bool = False) -> list[str]:
    """The spans of a trace as lines, children below their parent in the order in which they began."""
    present = {span.context.span_id for span in spans if span.context is not None}
    below: dict[int | None, list[ReadableSpan]] = {}
    for span in sorted(spans, key=lambda each: each.start_time or 0):
        parent = span.parent.span_id if span.parent is not None else None
        below.setdefault(parent if parent in present else None, []).append(span)
    lines: list[str] = []
    waiting = [(span, 0) for span in reversed(below.get(None, []))]
    while waiting:
        span, depth = waiting.pop()
        lines.append(_line(span, depth, colours=colours))
        own = span.context.span_id if span.context is not None else None
        waiting += [(child, depth + 1) for child in reversed(below.get(own, []))]
    return lines


def _line(span: ReadableSpan, depth: int, *, colours: bool) -> str:
    name = f"{_INDENT * depth}{_one_line(span.name)}".ljust(_NAME_COLUMNS)
    duration = _duration((span.end_time or 0) - (span.start_time or 0)).rjust(9)
    failed = span.status.status_code is StatusCode.ERROR
    detail = _failure(span) if failed else _place(span)
    if colours and failed:
        name = f"{_RED}{name}{_PLAIN}"
    elif colours and detail:
        detail = f"{_FAINT}{detail}{_PLAIN}"
    return f"{name} {duration}  {detail}".rstrip()


def _failure(span: ReadableSpan) -> str:
    for event in reversed(span.events):
        attributes = event.attributes or {}
        if event.name == "exception":
            kind = attributes.get("exception.type", "exception")
            return _one_line(f"{kind}: {attributes.get('exception.message', '')}")
    return _one_line(span.status.description or "error")


def _place(span: ReadableSpan) -> str:
    attributes = span.attributes or {}
    path, line = attributes.get(semconv.CODE_FILE_PATH), attributes.get(semconv.CODE_LINE_NUMBER)
    return f"{str(path).rpartition('/')[2]}:{line}" if path and line else ""


def _duration(nanoseconds: int) -> str:
    if nanoseconds < 1_000_000:
        return f"{nanoseconds / 1_000:.0f} µs"
    if nanoseconds < 1_000_000_000:
        return f"{nanoseconds / 1_000_000:.1f} ms"
    return f"{nanoseconds / 1_000_000_000:.2f} s"


def _one_line(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= _DETAIL_CHARS else f"{shown[: _DETAIL_CHARS - 1]}…"
