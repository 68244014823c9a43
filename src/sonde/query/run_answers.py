"""The shapes of the answers about runs."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


class RunSummary(TypedDict):
    """A run at a glance.

    `job`: that of its first span. `status` is how the last attempt of that job ended (`success`, `error`, or
    finer as `sonde.status` says), or `running`; `message` says why. It is `unknown` where no span of the run
    is stored and only its links, logs or events tell of it. `attempts`: the highest number of one.
    Spans and errors are counted as stored, those of everything that bears the run's id. While it runs
    `endedAt` is null, and the duration reaches to the last end known. `entityCounts`: how many of each type
    it touched.
    """

    runId: str
    job: str
    url: str
    status: str
    startedAt: str
    startUnixNs: str
    endedAt: str | None
    durationNs: int
    durationMs: float
    attempts: int
    spanCount: int
    errorCount: int
    services: list[str]
    traceIds: list[str]
    traceCount: int
    entityCounts: dict[str, int]
    message: str


class RunPage(TypedDict):
    """Runs by when they began within the range, newest first. A page may be short and not the last.

    `statuses`: where those asked for left nothing, the ones that there are, the most frequent first.
    """

    runs: list[RunSummary]
    nextCursor: str | None
    statuses: list[str]


class TouchedEntity(TypedDict):
    """A business object."""

    type: str
    id: str


class RunPart(TypedDict):
    """One execution within a run: the span that began it. `startNs` counts from the start of the run.

    `touched`: the first five entities that the span names.
    """

    job: str
    attempt: int
    operation: str
    service: str
    startedAt: str
    startNs: int
    durationNs: int
    durationMs: float
    status: str
    message: str
    traceId: str
    spanId: str
    touched: list[TouchedEntity]


class RunEntity(TypedDict):
    """A business object that the run touched, and when last."""

    type: str
    id: str
    lastSeen: str


class RunOperation(TypedDict):
    """What the spans of one operation of a service did in a run."""

    service: str
    operation: str
    count: int
    errors: int
    totalMs: float


class ComparedOperation(TypedDict):
    """An operation in this run and in the other: each pair is `[now, then]`."""

    operation: str
    service: str
    count: list[int]
    totalMs: list[float]
    errors: list[int]


class RunComparison(TypedDict):
    """A run against the last good one; each pair is `[now, then]`.

    Operations by how much their time differs.
    """

    durationMs: list[float]
    operations: list[ComparedOperation]
    entities: list[int]


class Execution(TypedDict):
    """The execution of a pipeline."""

    traceId: str
    triggerEvent: str


class Surroundings(TypedDict):
    """What else the spans of some work belong to, some of each: for the way to these.

    `conversationIds` are sessions of AI calls, as `/api/v1/ai/sessions` has them.
    """

    orchestrationIds: list[str]
    pipelines: list[Execution]
    sessionIds: list[str]
    conversationIds: list[str]


class Run(RunSummary):
    """One run. `attemptsList`: the attempts of its job; `parts`: other jobs that ran under its id.

    `about`: orchestrations, pipelines and sessions that its spans belong to.

    `lastGood` is the last run of the same job that began before it and succeeded. At most 1000 parts,
    entities and operations each.
    """

    about: Surroundings
    attemptsList: list[RunPart]
    parts: list[RunPart]
    entities: list[RunEntity]
    operations: list[RunOperation]
    lastGood: RunSummary | None
    comparison: RunComparison | None
