"""The shapes of the answers about one trace. Inside a trace, times are nanoseconds from its start."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sonde.query.answers import TreeSpan


class TraceService(TypedDict):
    """A service in a trace: its spans, and what they did themselves (time covered by children left out)."""

    service: str
    spanCount: int
    errorCount: int
    selfNs: int


class CriticalSection(TypedDict):
    """A span's own part of the critical path."""

    spanId: str
    fromNs: int
    toNs: int


class MinimapSpan(TypedDict):
    """A span in the small picture of a trace. `row` is its place when all is unfolded, `service` an index
    into `services`; `critical`: a part of the critical path is its own."""

    row: int
    fromNs: int
    toNs: int
    service: int
    error: bool
    critical: bool


class TraceEntity(TypedDict):
    """A business object that spans of the trace name."""

    type: str
    id: str
    spanCount: int


class TraceRun(TypedDict):
    """A run that the trace is part of."""

    runId: str
    url: str
    job: str


class TraceOverview(TypedDict):
    """A trace without its spans. `version` changes when spans arrive. `truncated`: it has more spans than
    were read (500 000). Spans are counted as they are, not weighted by sampling. `levels` has the number of
    spans at each depth, of the first 1 000. Of the critical path, the longest 1 000 sections are there, and
    `criticalOmitted` says how many are not; of entities, runs and ids, 100 each. `logCount` is of log records
    from a day before the trace to a day after it."""

    traceId: str
    version: str
    rootService: str
    rootOperation: str
    startedAt: str
    startUnixNs: str
    durationNs: int
    durationMs: float
    spanCount: int
    errorCount: int
    openCount: int
    status: str
    isOpen: bool
    missingRoot: bool
    truncated: bool
    maxDepth: int
    levels: list[int]
    services: list[TraceService]
    criticalPath: list[CriticalSection]
    criticalOmitted: int
    minimap: list[MinimapSpan]
    logCount: int
    entities: list[TraceEntity]
    runs: list[TraceRun]
    orchestrationIds: list[str]
    correlationIds: list[str]
    sessionIds: list[str]
    conversationIds: list[str]
    triggerEvents: list[str]
    lastReceivedAt: str


class RowEvent(TypedDict):
    """An event on a span's bar."""

    ns: int
    name: str


class SpanRow(TypedDict):
    """A span among the visible rows. `row` is its place among these, `index` its place when all is unfolded;
    `isExpanded`: its children are among the rows. `critical` has its own parts of the critical path, from and
    to; `selfParts` the times in which nothing below it ran, at most the longest 20 (of spans that have ended
    and have children); `events` at most 20; `errorBelow` counts descendants that failed. `matches`: it is
    what `q` finds."""

    kind: Literal["span"]
    spanId: str
    parentSpanId: str
    row: int
    index: int
    depth: int
    childCount: int
    descendantCount: int
    isExpanded: bool
    orphan: bool
    service: str
    component: str
    operation: str
    spanKind: str
    startNs: int
    durationNs: int
    selfNs: int
    selfParts: list[tuple[int, int]]
    status: str
    statusCode: str
    isOpen: bool
    error: bool
    critical: list[tuple[int, int]]
    events: list[RowEvent]
    eventCount: int
    exception: str
    linkCount: int
    logCount: int
    errorBelow: int
    sampleWeight: float
    matches: bool


class LogRow(TypedDict):
    """A log record below its span; of the body, at most 500 characters."""

    kind: Literal["log"]
    row: int
    depth: int
    spanId: str
    ns: int
    severity: str
    severityNumber: int
    body: str
    eventName: str
    id: str


class MoreRow(TypedDict):
    """Where a span has more log records than are among the rows: how many more."""

    kind: Literal["more"]
    row: int
    depth: int
    spanId: str
    logCount: int


TreeRow = Annotated[SpanRow | LogRow | MoreRow, Field(discriminator="kind")]


class TreePage(TypedDict):
    """Some of the visible rows of a trace; `total` counts them all. `revealed` is the row of the span asked
    for with `reveal`, `openedIds` are its ancestors, at most the 1 000 nearest."""

    traceId: str
    version: str
    total: int
    offset: int
    revealed: int | None
    openedIds: list[str]
    rows: list[TreeRow]


class LinkingSpan(TypedDict):
    """A span with a link to another."""

    traceId: str
    spanId: str
    service: str
    operation: str
    startedAt: str


class Ancestor(TypedDict):
    """A span above another."""

    spanId: str
    operation: str
    service: str


class SpanDetails(TreeSpan, TypedDict):
    """A span of a trace, whole. `linkedFrom` are spans, here or in other traces, whose links point to it: of
    those that began from an hour before it to a day after it, the first 20. `ancestors` begin with the
    root; at most the 1 000 nearest are there. `costUsd`: of an AI call what it cost, as
    `/api/v1/ai/calls` has it; null where it is none or has no price."""

    startNs: int
    selfNs: int
    logCount: int
    costUsd: float | None
    linkedFrom: list[LinkingSpan]
    ancestors: list[Ancestor]


class TraceOperation(TypedDict):
    """An operation in a trace. Open spans count as spans, but have no duration yet; `criticalNs` is what of
    the critical path is its own."""

    service: str
    operation: str
    kind: str
    spanCount: int
    errorCount: int
    totalNs: int
    selfNs: int
    criticalNs: int
    avgNs: int
    maxNs: int
    slowestSpanId: str


class TraceOperations(TypedDict):
    """The operations of a trace, by what they did themselves, most first; `omitted` counts those beyond
    1 000."""

    operations: list[TraceOperation]
    omitted: int


class FlameFrame(TypedDict):
    """All spans that have the same services and operations from the root down. `offsetNs` and `totalNs` say
    where and how wide it is drawn; `durationNs` is what its spans took together, each counted for as long as
    its parent ran. `totalNs` is less where frames side by side ran at the same time: together they would be
    wider than the one above them, so all are narrowed by the same factor. `spanId` is the slowest span."""

    depth: int
    offsetNs: int
    totalNs: int
    durationNs: int
    selfNs: int
    spanCount: int
    errorCount: int
    service: str
    operation: str
    spanId: str


class Flame(TypedDict):
    """A trace as a flame graph, each frame followed by those below it. `omitted` counts frames left out for
    being small."""

    totalNs: int
    frames: list[FlameFrame]
    omitted: int


class TraceMatch(TypedDict):
    """A span that a search found; `index` is its place when all is unfolded."""

    spanId: str
    index: int


class TraceMatches(TypedDict):
    """The spans of a trace that a search finds, depth first; `total` counts those beyond the limit too."""

    total: int
    matches: list[TraceMatch]
