"""The shapes of answers about entities and the runs that touched them."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sonde.query.run_answers import RunSummary


class Link(TypedDict):
    """The run that touched an entity last.

    `runUrl` is the address that the run told itself; `url` where to look at it: that, else its page in the
    job system (settings `links.*`), else its page in Sonde, `sondeUrl`.
    """

    type: str
    id: str
    runId: str
    runUrl: str
    recordedAt: str
    traceId: str
    url: str
    sondeUrl: str


class LinkAnswer(TypedDict):
    """What is known of one entity: `status` is `found`, `unknown`, `expired`, or `forbidden` where a
    token is not for it."""

    type: str
    id: str
    status: str
    link: Link | None


class LinkAnswers(TypedDict):
    """What is known of each entity, in the order in which they were asked for."""

    links: list[LinkAnswer]


class Attempt(TypedDict):
    """One execution of a run in one trace."""

    attempt: int
    status: str
    message: str
    startedAt: str
    startUnixNs: str
    durationMs: float
    isOpen: bool
    traceId: str
    spanId: str
    job: str


class EntityOutcome(TypedDict):
    """How it went for the entity in one run or trace, by the spans that name it.

    Each job (or operation) that names it ended as its last attempt did. `status` is that of the worst of them
    (`error` before `running`, `blocked`, `success`, `skipped`), `message` and `operation` are of the same
    one; `attempts` is the highest number of any.
    """

    status: str
    message: str
    operation: str
    attempts: int


class LinkHistoryEntry(TypedDict):
    """A run that touched an entity, or with `runId` empty a trace outside of runs that did.

    `run` is what is known of the run, null where no span of it is stored. `outcome` is how it went for the
    entity, or where no span names it the status of the run, or empty; `entity` says more of the former.
    `traceIds` are at most the newest 10.
    """

    runId: str
    runUrl: str
    url: str
    sondeUrl: str
    firstAt: str
    recordedAt: str
    traceIds: list[str]
    traceCount: int
    outcome: str
    entity: EntityOutcome | None
    run: RunSummary | None
    attempts: list[Attempt]
    expired: bool


class LinkHistory(TypedDict):
    """All that touched an entity, the newest first; `truncated` where there is more than was asked for."""

    type: str
    id: str
    runs: list[LinkHistoryEntry]
    truncated: bool


class LinkToken(TypedDict):
    """A token that reads links, and where it is said, of named entities only."""

    token: str
    tokenId: str
    expiresAt: str
    lifetimeS: int


class LinkAnswerCount(TypedDict):
    """How often an action had a result."""

    action: str
    result: str
    count: int


class LinkUse(TypedDict):
    """How links were stored, read and followed within a range of time.

    `successRate` is the part that was answered as asked (a link, or that there is none), `foundRate` the
    part of those that had a link; null where nothing was asked. Clicks are redirects, and clicks
    on `<sonde-link>`.
    """

    since: str
    until: str | None
    stored: int
    storeFailures: int
    storeSuccessRate: float | None
    retrieved: int
    retrieveFailures: int
    successRate: float | None
    found: int
    foundRate: float | None
    refused: int
    clicks: int
    tokens: int
    answers: list[LinkAnswerCount]


class LinksStored(TypedDict):
    """Links that are kept now: read at once, and safe on disk."""

    stored: int
