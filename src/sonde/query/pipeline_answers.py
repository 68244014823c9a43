"""The shapes of the answers about pipelines."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sonde.query.run_answers import TouchedEntity


class PipelineExecution(TypedDict):
    """One execution of a pipeline: its own span.

    `status` is `running`, `success`, `blocked` or `error`. While it runs it has no end: `endedAt` and
    `durationMs` are null, `durationNs` is 0. `contextSnapshot` and `resultData` are JSON as it was sent, ""
    where there is none or where a list was asked for without.
    """

    traceId: str
    spanId: str
    parentSpanId: str
    triggerEvent: str
    service: str
    status: str
    statusMessage: str
    startedAt: str
    startUnixNs: str
    endedAt: str | None
    durationNs: int
    durationMs: float | None
    isOpen: bool
    userId: str
    requestIp: str
    contextSnapshot: str
    resultData: str
    createdAt: str


class PipelinePage(TypedDict):
    """Executions, newest first.

    `statuses`: where the one asked for left nothing, those that there are, the most frequent first.
    """

    pipelines: list[PipelineExecution]
    nextCursor: str | None
    statuses: list[str]


class DataChange(TypedDict):
    """A value that is other than before, at a path such as `signals.reputation` or `["a key"].b`.

    `before` is null for what was `added`, `after` for what was `removed`.
    """

    path: str
    before: Any
    after: Any
    kind: Literal["added", "changed", "removed"]


class PipelineScript(TypedDict):
    """A script of an execution. `startNs` counts from the start of the execution.

    `input` and `output` are what it was given and what it left, null where it says nothing. `changes` are
    what its output says against the context and what the layers before it left, without how it ended where
    the result does not have that.
    """

    spanId: str
    parentSpanId: str
    name: str
    scriptId: str
    layerIndex: int
    parallelIndex: int
    status: str
    statusMessage: str
    startedAt: str
    startNs: int
    durationNs: int
    isOpen: bool
    input: Any
    output: Any
    changes: list[DataChange]


class PipelineLayer(TypedDict):
    """Scripts that ran side by side, by their place; from the first start to the last end."""

    index: int
    startNs: int
    endNs: int
    scripts: list[PipelineScript]


class Blocker(TypedDict):
    """The script that blocked an execution, and why; without a script where the engine itself said so."""

    spanId: str
    name: str
    scriptId: str
    layerIndex: int | None
    reason: str


class SiblingExecution(TypedDict):
    """Another execution in the same trace."""

    spanId: str
    triggerEvent: str
    status: str
    startedAt: str


class PipelineDetails(PipelineExecution):
    """An execution with its scripts, layer by layer.

    `context` and `result` are the parsed snapshots. `changes` are what the result says against the context.
    What only the context has was `removed` if the result is the whole context handed on; if it is what the
    scripts left, that stays as it was. `resultIsWhole` says how the result was read: as the whole context
    where it is not just what the scripts left and has something of at least half of the context's keys
    unchanged.
    `truncated`: the trace has more spans of pipelines than were read.
    `runId`, `orchestrationId` and `sessionId` are what it ran for, "" where nothing says so; `runIds` are all
    runs of its trace, at most 20. `entities`, at most 100, are those that its spans name, and then those that
    its trace and these runs touched besides. `conversationIds` are the AI conversations of its trace, as
    `/api/v1/ai/sessions` has them.
    """

    runId: str
    runIds: list[str]
    orchestrationId: str
    sessionId: str
    conversationIds: list[str]
    entities: list[TouchedEntity]
    context: Any
    result: Any
    layers: list[PipelineLayer]
    changes: list[DataChange]
    resultIsWhole: bool
    blockedBy: Blocker | None
    others: list[SiblingExecution]
    truncated: bool


class ScriptSeries(TypedDict):
    """A script in each step of time; `ms` are the starts of the steps in Unix milliseconds.

    The figures are those of `ScriptFigures`, of one step each. Shares are null in steps where nothing ran
    (or, for `skipRate`, no turn came), latencies where nothing ended.
    """

    ms: list[int]
    counts: list[int]
    errors: list[int]
    blocks: list[int]
    skips: list[int]
    ratePerS: list[float]
    errorRate: list[float | None]
    blockRate: list[float | None]
    skipRate: list[float | None]
    p50Ms: list[float | None]
    p95Ms: list[float | None]


class ScriptFigures(TypedDict):
    """How a script of a trigger fared in a service.

    `count` is how often its turn came, `runCount` how often it ran: without those skipped. `ratePerS`,
    `errorRate` and `blockRate` are of those that ran, `skipRate` is of all. Latencies leave out what was
    skipped or runs; null where nothing is left.
    """

    triggerEvent: str
    service: str
    name: str
    scriptId: str
    layerIndex: int
    parallelIndex: int
    count: int
    runCount: int
    ratePerS: float
    errorCount: int
    blockCount: int
    skipCount: int
    errorRate: float
    blockRate: float
    skipRate: float
    p50Ms: float | None
    p95Ms: float | None
    maxMs: float | None
    lastSeen: str
    lastTraceId: str
    series: ScriptSeries


class ScriptList(TypedDict):
    """Scripts by trigger, service, layer and place."""

    scripts: list[ScriptFigures]
    stepMs: int
