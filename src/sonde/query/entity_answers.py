"""The shapes of the answers about entities: those that are there, and what happened to one."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sonde.query.answers import TraceSummary
from sonde.query.link_answers import EntityOutcome, Link
from sonde.query.run_answers import RunSummary, Surroundings, TouchedEntity


class EntityMatch(TypedDict):
    """An entity that was found. `isExact`: its id is what was looked for, not only begins so."""

    type: str
    id: str
    isExact: bool
    firstSeen: str
    lastSeen: str
    runCount: int
    traceCount: int
    lastRunId: str


class EntityPage(TypedDict):
    """Entities: exact ids first, then by type and id; without a search the ones touched last.

    `types` are all that there are, with the first page only.
    """

    entities: list[EntityMatch]
    types: list[str]
    nextCursor: str | None


class TouchedEntities(TypedDict):
    """Entities that were touched, by type and id."""

    entities: list[TouchedEntity]


class EntityStep(TypedDict):
    """Something that was done or said about the entity.

    A `span` that names it, the topmost of its kind: `status` is how it ended, `text` why, and `others` how
    many more ids of its type it names. A `log` or `event` that names it, or was written in a span that names
    it alone, or below: `status` is its severity. `attempt` is 0 where none is told.
    """

    kind: Literal["span", "event", "log"]
    at: str
    unixNs: str
    name: str
    text: str
    status: str
    service: str
    durationNs: int
    durationMs: float
    job: str
    attempt: int
    traceId: str
    spanId: str
    logId: str
    others: int


class EntityEntry(TypedDict):
    """A run that touched the entity; or a trace outside of runs that did, or a log record outside of both.

    It stands where it touched the entity last, `lastAt`. `run` is null where no span of the run is stored,
    `trace` but for traces. `url` is where to look at the run. `steps` are what it did to the entity, oldest
    first, and `outcome` how that went for it, null without a span that names it; `truncated`: there are more
    than were read, or the traces are too large to look for what is below.
    `expired`: longer ago than links count (setting `links.ttl_days`).
    """

    kind: Literal["run", "trace", "log"]
    runId: str
    traceIds: list[str]
    traceCount: int
    firstAt: str
    lastAt: str
    unixNs: str
    url: str
    expired: bool
    run: RunSummary | None
    trace: TraceSummary | None
    about: Surroundings
    outcome: EntityOutcome | None
    steps: list[EntityStep]
    truncated: bool


class RelatedEntity(TypedDict):
    """An entity that the same runs touched, how many of them, and when last."""

    id: str
    runCount: int
    lastSeen: str


class RelatedEntities(TypedDict):
    """Entities of one type that the same runs touched, those of the most runs first; `count` is of all."""

    type: str
    count: int
    entities: list[RelatedEntity]


class EntityHistory(TypedDict):
    """What happened to an entity, the newest first.

    `link` is the run that touched it last, null where none did or not for long (`status` is then `unlinked`
    or `expired`, else `found`). `firstSeen` to `lastSeen` and the counts are of all times, null and 0 where
    only log records outside of runs and traces name it. `others` come with the first page only.
    """

    type: str
    id: str
    status: Literal["found", "expired", "unlinked"]
    link: Link | None
    firstSeen: str | None
    lastSeen: str | None
    runCount: int
    traceCount: int
    entries: list[EntityEntry]
    others: list[RelatedEntities]
    nextCursor: str | None
