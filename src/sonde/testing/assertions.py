"""Assertions that read well and, when they fail, show what was captured."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from opentelemetry._logs import LogRecord
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode
from opentelemetry.util.types import AttributeValue

from sonde.durations import duration_text, seconds_of
from sonde.testing.capturing import Capture, has, status_of
from sonde.testing.tree import Node, forest

_STEP = re.compile(r"\s(>>?)\s")
_ERROR_SEVERITY = 17

# What a status asked for takes: OpenTelemetry leaves that of most spans that went well unset.
_STATUSES = {
    "success": ("success", "unset"),
    "ok": ("success", "unset"),
    **{status: (status,) for status in ("error", "blocked", "skipped", "unset")},
}


def assert_trace(
    capture: Capture,
    path: str | Sequence[str],
    *,
    max_duration: float | str | timedelta | None = None,
    attributes: Mapping[str, AttributeValue] | None = None,
    status: str | None = None,
) -> list[ReadableSpan]:
    """There is a chain of spans such as `POST /checkout > SELECT orders`; returns its spans, outermost first.

    Args:
        capture: what was captured.
        path: names from the outermost to the innermost, ` > ` between a parent and its child, ` >> `
            where others may lie between. `*` stands for any text. A list holds one name a step, for
            names that contain ` > `.
        max_duration: the outermost span took at most this, each time: seconds, `"200ms"`, or a timedelta.
        attributes: the innermost span has these.
        status: of the innermost span: `success` (or `ok`; also where nothing was said), `error`,
            `blocked`, `skipped` or `unset`.

    Raises ValueError for a duration or a status that there is not.
    """
    steps = _steps(path)
    statuses = None if status is None else _statuses(status)
    chains = [
        chain
        for root in forest(capture.spans)
        for start in (root, *root.below())
        for chain in _chains(start, steps)
    ]
    shown = " > ".join(name for _, name in steps) if not isinstance(path, str) else path
    if not chains:
        raise _failed(capture, f"no trace has {shown}{_nearest(capture, steps)}")
    fitting = [chain for chain in chains if has(chain[-1].attributes, attributes)]
    if not fitting:
        raise _failed(capture, f"no {chains[0][-1].name!r} of {shown} has {dict(attributes or {})}")
    if statuses is not None:
        fitting = [chain for chain in fitting if status_of(chain[-1]) in statuses]
        if not fitting:
            raise _failed(capture, f"no {chains[0][-1].name!r} of {shown} has the status {status}")
    if max_duration is not None:
        longest_s = _seconds(max_duration)
        slowest = max((chain[0] for chain in fitting), key=duration_s)
        if duration_s(slowest) > longest_s:
            took, most = duration_text(duration_s(slowest)), duration_text(longest_s)
            raise _failed(capture, f"{slowest.name!r} took {took}, more than {most}")
    return fitting[0]


def _statuses(status: str) -> tuple[str, ...]:
    taken = _STATUSES.get(status.lower())
    if taken is None:
        raise ValueError(f"no status is called {status!r} (known: {', '.join(_STATUSES)})")
    return taken


def assert_no_trace(capture: Capture, path: str | Sequence[str]) -> None:
    """There is no such chain of spans; `path` as for `assert_trace`."""
    steps = _steps(path)
    for root in forest(capture.spans):
        for start in (root, *root.below()):
            if next(_chains(start, steps), None):
                raise _failed(capture, f"there is {path}")


def assert_one_trace(capture: Capture) -> int:
    """Every span belongs to one trace, and each but the first has its parent in it; returns the trace's id.

    For what has to carry context: threads, tasks, queues, calls.
    """
    spans = [*capture.spans, *capture.running]
    ids = {span.context.trace_id for span in spans if span.context}
    if len(ids) != 1:
        raise _failed(capture, f"{len(ids)} traces instead of one")
    roots = forest(spans)
    if len(roots) != 1:
        names = ", ".join(repr(root.span.name) for root in roots)
        raise _failed(capture, f"{len(roots)} spans have no parent in the trace: {names}")
    return ids.pop()


def assert_no_errors(capture: Capture) -> None:
    """No span failed or recorded an exception, and no log is as severe as ERROR."""
    for span in (*capture.spans, *capture.running):
        if span.status.status_code is StatusCode.ERROR:
            raise _failed(capture, f"{span.name!r} failed: {span.status.description or 'no message'}")
        for event in span.events:
            if event.name == "exception":
                told = (event.attributes or {}).get("exception.message", "")
                raise _failed(capture, f"{span.name!r} recorded an exception: {told}")
    for record in capture.logs:
        if record.severity_number is not None and record.severity_number.value >= _ERROR_SEVERITY:
            raise _failed(capture, f"logged as {record.severity_number.name}: {record.body}")


def assert_event(
    capture: Capture,
    name: str,
    attributes: Mapping[str, AttributeValue] | None = None,
    *,
    within: str | None = None,
) -> LogRecord:
    """There is an event of this name (`*` stands for any text) with these attributes; returns the first.

    `within` is the name of the span it was emitted in.
    """
    named = [record for record in capture.events if _matches(name, record.event_name or "")]
    if not named:
        raise _failed(capture, f"no event is named {name!r}")
    placed = [record for record in named if within is None or _is_in(capture, record, within)]
    if not placed:
        raise _failed(capture, f"no event {name!r} was emitted in a span {within!r}")
    for record in placed:
        if has(record.attributes, attributes):
            return record
    raise _failed(capture, f"no event {name!r} has {dict(attributes or {})}")


def assert_log(
    capture: Capture,
    text: str,
    attributes: Mapping[str, AttributeValue] | None = None,
    *,
    severity: str | None = None,
) -> LogRecord:
    """There is a log whose body contains `text`, with these attributes and this severity (e.g. `WARN`)."""
    for record in capture.logs:
        if (
            text in str(record.body if record.body is not None else "")
            and has(record.attributes, attributes)
            and (severity is None or severity.upper() in _severity_names(record))
        ):
            return record
    with_these = f" with {dict(attributes)}" if attributes else ""
    raise _failed(capture, f"no {severity or ''} log contains {text!r}{with_these}".replace("  ", " "))


def assert_metric(
    capture: Capture, name: str, value: float, attributes: Mapping[str, AttributeValue] | None = None
) -> None:
    """A counter or gauge shows `value`, or a histogram was measured so often; see `Capture.value`."""
    shown = capture.value(name, attributes)
    if shown != value:
        known = sorted({metric.name for metric in capture.metrics})
        of_these = f" of {dict(attributes)}" if attributes else ""
        raise AssertionError(f"{name}{of_these} is {shown:g}, not {value:g}; there are {known}")


def duration_s(span: ReadableSpan) -> float:
    """How long a span took, in seconds."""
    return ((span.end_time or 0) - (span.start_time or 0)) / 1e9


def _steps(path: str | Sequence[str]) -> list[tuple[str, str]]:
    """What lies before each name (`>` or `>>`), and the name."""
    if not isinstance(path, str):
        return [(">", name) for name in path]
    parts = _STEP.split(path.strip())
    return list(zip([">", *parts[1::2]], [name.strip() for name in parts[::2]], strict=True))


def _chains(node: Node, steps: Sequence[tuple[str, str]]) -> Iterator[list[ReadableSpan]]:
    """Chains that begin at this node."""
    (_, name), *further = steps
    if not _matches(name, node.span.name):
        return
    if not further:
        yield [node.span]
        return
    below: Iterable[Node] = node.children if further[0][0] == ">" else node.below()
    for child in below:
        for chain in _chains(child, further):
            yield [node.span, *chain]


def _nearest(capture: Capture, steps: Sequence[tuple[str, str]]) -> str:
    """What of the path is there."""
    for length in range(len(steps) - 1, 0, -1):
        for root in forest(capture.spans):
            for start in (root, *root.below()):
                if next(_chains(start, steps[:length]), None):
                    return f": {steps[length - 1][1]!r} is there, {steps[length][1]!r} is not below it"
    running = [span.name for span in capture.running if _matches(steps[0][1], span.name)]
    return f": {running[0]!r} has not ended" if running else f": there is no {steps[0][1]!r}"


def _matches(pattern: str, name: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None


def _is_in(capture: Capture, record: LogRecord, within: str) -> bool:
    for span in (*capture.spans, *capture.running):
        context = span.context
        if context and context.trace_id == record.trace_id and context.span_id == record.span_id:
            return _matches(within, span.name)
    return False


def _severity_names(record: LogRecord) -> set[str]:
    number = record.severity_number
    return {(record.severity_text or "").upper(), number.name if number else ""}


def _seconds(duration: float | str | timedelta) -> float:
    if isinstance(duration, timedelta):
        return duration.total_seconds()
    if isinstance(duration, str):
        found = seconds_of(duration)
    else:
        found = float(duration)
    if found is None or math.isnan(found):  # no span would ever be too slow
        raise ValueError(f"cannot read the duration {duration!r}: use e.g. 200ms, 1.5s, 2m")
    return found


def _failed(capture: Capture, message: str) -> AssertionError:
    return AssertionError(f"{message}\n\n{capture.tree()}")
