"""The shapes of the answers, as the API sends them.

Times are ISO 8601 in UTC, and nanoseconds since 1970 as text, for they are beyond what JavaScript counts
exactly; durations are in nanoseconds and milliseconds.
"""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


class Scope(TypedDict):
    """The instrumentation scope."""

    name: str
    version: str
    attributes: dict[str, str]


class SpanEvent(TypedDict):
    """An event of a span."""

    name: str
    at: str
    unixNs: str
    attributes: dict[str, str]


class SpanLink(TypedDict):
    """A link of a span to another."""

    traceId: str
    spanId: str
    traceState: str
    attributes: dict[str, str]


class Span(TypedDict):
    """A span. While `isOpen` it has no duration yet: `durationNs` is 0."""

    traceId: str
    spanId: str
    parentSpanId: str
    traceState: str
    operation: str
    kind: str
    service: str
    component: str
    startedAt: str
    startUnixNs: str
    durationNs: int
    durationMs: float
    isOpen: bool
    status: str
    statusCode: str
    statusMessage: str
    attributes: dict[str, str]
    resource: dict[str, str]
    scope: Scope
    events: list[SpanEvent]
    links: list[SpanLink]
    flags: int
    sampleWeight: float
    runId: str
    orchestrationId: str
    correlationId: str
    sessionId: str
    triggerEvent: str
    receivedAt: str


class TreeSpan(Span):
    """A span in its trace, depth first. `orphan`: its parent is not there, or below it."""

    depth: int
    childCount: int
    orphan: bool


class SpanPage(TypedDict):
    """Spans, newest first."""

    spans: list[Span]
    nextCursor: str | None


class Trace(TypedDict):
    """A whole trace. `truncated`: it has more spans than were read."""

    traceId: str
    rootService: str
    rootOperation: str
    startedAt: str
    startUnixNs: str
    durationNs: int
    durationMs: float
    spanCount: int
    errorCount: int
    services: list[str]
    status: str
    isOpen: bool
    missingRoot: bool
    spans: list[TreeSpan]
    truncated: bool


class TraceSummary(TypedDict):
    """A trace in a list. `durationNs` is from its first start to its last end."""

    traceId: str
    rootService: str
    rootOperation: str
    hasRoot: bool
    services: list[str]
    startedAt: str
    startUnixNs: str
    durationNs: int
    durationMs: float
    spanCount: int
    errorCount: int
    status: str
    isOpen: bool


class TracePage(TypedDict):
    """Traces, newest first."""

    traces: list[TraceSummary]
    nextCursor: str | None


class Log(TypedDict):
    """A log record; an event is one with an `eventName`. `id` is "" where it is not stored yet."""

    id: str
    at: str
    unixNs: str
    observedAt: str
    traceId: str
    spanId: str
    severity: str
    severityNumber: int
    service: str
    component: str
    body: str
    eventName: str
    attributes: dict[str, str]
    resource: dict[str, str]
    scope: Scope
    flags: int
    status: str
    runId: str
    orchestrationId: str
    correlationId: str
    sessionId: str
    triggerEvent: str
    receivedAt: str


class LogPage(TypedDict):
    """Log records, newest first."""

    logs: list[Log]
    nextCursor: str | None


class LogContext(TypedDict):
    """A log record and what its process logged around it, oldest first."""

    before: list[Log]
    at: Log
    after: list[Log]


class EventPage(TypedDict):
    """Events, newest first."""

    events: list[Log]
    nextCursor: str | None


class SpanRecord(TypedDict):
    """A span as `sonde.records` has it. While it runs it has no end and no duration."""

    traceId: str
    spanId: str
    parentSpanId: str
    orchestrationId: str
    component: str
    operation: str
    startedAt: str
    endedAt: str | None
    durationMs: float | None
    status: str
    errorCode: str
    errorDetail: str
    attrs: dict[str, str]


class SpanRecordPage(TypedDict):
    """Span records, newest first."""

    spans: list[SpanRecord]
    nextCursor: str | None


class EventRecord(TypedDict):
    """An event as `sonde.records` has it."""

    traceId: str
    spanId: str
    orchestrationId: str
    component: str
    recordedAt: str
    eventType: str
    severity: str
    message: str
    status: str
    attrs: dict[str, str]
    eventId: str


class EventRecordPage(TypedDict):
    """Event records, newest first."""

    events: list[EventRecord]
    nextCursor: str | None


class Service(TypedDict):
    """What a service did. Counts stand for sampled-out spans as well; latencies leave open spans out."""

    service: str
    spanCount: int
    errorCount: int
    errorRate: float
    openCount: int
    p50Ms: float | None
    p95Ms: float | None
    p99Ms: float | None
    lastSeen: str


class Operation(Service):
    """What an operation of a service did."""

    operation: str
    kind: str
    maxMs: float | None


class ServiceList(TypedDict):
    """Services. `exact` is false when a span sent twice may still count twice (see the docs)."""

    services: list[Service]
    exact: bool


class OperationList(TypedDict):
    """Operations. `exact` as in ServiceList."""

    operations: list[Operation]
    exact: bool


class KeyCount(TypedDict):
    """An attribute key or value, and how many of the records looked at have it."""

    value: str
    count: int


class KeyList(TypedDict):
    """Attribute keys of recent records, the most frequent first."""

    keys: list[KeyCount]


class ValueList(TypedDict):
    """Values of an attribute in recent records, the most frequent first."""

    values: list[KeyCount]


class CountSeries(TypedDict):
    """Counts over time of the records with one `value` of the field asked for; "" where none was."""

    value: str
    total: int
    points: list[tuple[int, int]]


class Counts(TypedDict):
    """Records over time; a point is the start of its bucket in Unix milliseconds and a count."""

    stepMs: int
    total: int
    series: list[CountSeries]
    exact: bool


class MetricName(TypedDict):
    """A metric that was received in the range asked for."""

    name: str
    type: str
    unit: str
    description: str
    services: list[str]
    points: int
    lastSeen: str


class MetricList(TypedDict):
    """The catalog of metrics."""

    metrics: list[MetricName]


class MetricSeries(TypedDict):
    """One line of a chart; a point is the start of its step in Unix milliseconds and a value."""

    attributes: dict[str, str]
    points: list[tuple[int, float]]


class MetricResult(TypedDict):
    """A metric over time. `truncated`: there are more series than were read."""

    name: str
    type: str
    unit: str
    aggregate: str
    stepMs: int
    series: list[MetricSeries]
    truncated: bool
