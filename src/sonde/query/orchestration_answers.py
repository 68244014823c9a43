"""The shapes of the answers about orchestrations."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sonde.query.run_answers import Surroundings, TouchedEntity


class OrchestrationSummary(TypedDict):
    """An orchestration at a glance.

    `status`: `running` while a span of it is open; `error` where what one of its components did last failed,
    `message` then says why; else `violated` where a rule was broken; else `success`, or `unset` where no span
    of it is stored. `spanStatus` is the same without `violated`: what its spans say. `phase`: the one it
    entered last; `phases`: all of them, in their order. While it runs `endedAt` is null, and the duration
    reaches to the last end known. `errorCount`: spans that failed, `errorEventCount`: events of severity
    ERROR or above; violations are counted apart. `traceIds`: the first ten.
    """

    orchestrationId: str
    startedAt: str
    startUnixNs: str
    endedAt: str | None
    durationNs: int
    durationMs: float
    status: str
    spanStatus: str
    message: str
    isOpen: bool
    phase: str
    phases: list[str]
    components: list[str]
    spanCount: int
    errorCount: int
    eventCount: int
    errorEventCount: int
    violationCount: int
    traceIds: list[str]
    traceCount: int


class OrchestrationPage(TypedDict):
    """Orchestrations by when they began within the range, newest first.

    A page may be short and not the last. `statuses`: where those asked for left nothing, the ones that there
    are, the most frequent first.
    """

    orchestrations: list[OrchestrationSummary]
    nextCursor: str | None
    statuses: list[str]


class Violation(TypedDict):
    """A rule that was broken, and the traces that show it."""

    rule: str
    traceIds: list[str]


class OrchestrationEvent(TypedDict):
    """Something that happened. `at` is when, `startNs` counts from the start of the orchestration.

    `eventId` is the id of the log record. `fromState` and `toState` are those of a `state.transition`.
    """

    eventId: str
    at: str
    startNs: int
    component: str
    eventType: str
    severity: str
    severityNumber: int
    message: str
    status: str
    reason: str
    subject: str
    fromState: str
    toState: str
    errorType: str
    traceId: str
    spanId: str
    violation: Violation | None


class OrchestrationPhase(TypedDict):
    """One stretch of time in a phase; a phase that is entered again has another one.

    `endNs` of one that goes on is where the orchestration is now. What bears no phase is in the stretch of
    its time; what is in none has `phase` "" and no time. `events` are those that are told of `eventCount`, in
    order of time.
    """

    phase: str
    startNs: int | None
    endNs: int | None
    isOpen: bool
    spanCount: int
    errorCount: int
    eventCount: int
    errorEventCount: int
    violationCount: int
    events: list[OrchestrationEvent]


class OrchestrationSpan(TypedDict):
    """A span as a bar.

    `depth`: how many of the lane's spans that are told are above it. `phase`: the place of its stretch in
    `bands`.
    """

    traceId: str
    spanId: str
    parentSpanId: str
    operation: str
    service: str
    startNs: int
    durationNs: int
    isOpen: bool
    status: str
    message: str
    depth: int
    phase: int


class OrchestrationLane(TypedDict):
    """What one component did: of `spanCount` spans those that are told, in order of time."""

    component: str
    startNs: int
    endNs: int
    spanCount: int
    errorCount: int
    eventCount: int
    spans: list[OrchestrationSpan]


class Told(TypedDict):
    """How much is told of what was asked for.

    It is all, or of the spans the longest and of the events the first of each phase; `notice` says so.
    """

    spans: int
    ofSpans: int
    events: int
    ofEvents: int
    isAll: bool
    notice: str


class Orchestration(OrchestrationSummary):
    """One orchestration.

    The summary and `violations` (at most 1000) are of all of it; `bands`, its phases in time, and `lanes`
    count and tell what was asked for: a phase, a component, a range of time. `runIds` (at most 20) are the
    runs that its spans belong to, `about` what else; `entities` (at most 100) are those that these runs
    touched, or that were touched in its traces.
    """

    runIds: list[str]
    entities: list[TouchedEntity]
    about: Surroundings
    bands: list[OrchestrationPhase]
    lanes: list[OrchestrationLane]
    violations: list[OrchestrationEvent]
    told: Told
