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
    """What is known of one entity: `status` is `found`, `unknown` or `expired`."""

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


class LinkHistoryEntry(TypedDict):
    """A run that touched an entity, or with `runId` empty a trace outside of runs that did.

    `run` is what is known of the run, null where no span of it is stored; `outcome` its status, or empty.
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
    run: RunSummary | None
    attempts: list[Attempt]
    expired: bool


class LinkHistory(TypedDict):
    """All that touched an entity, the newest first; `truncated` where there is more than was asked for."""

    type: str
    id: str
    runs: list[LinkHistoryEntry]
    truncated: bool


class LinksStored(TypedDict):
    """Links that are kept now: read at once, and safe on disk."""

    stored: int
