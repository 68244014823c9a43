"""The shapes of the answers about failures."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


class FailureSeries(TypedDict):
    """Failures in each step of time; `ms` are the starts of the steps in Unix milliseconds."""

    ms: list[int]
    counts: list[int]


class ErrorGroup(TypedDict):
    """Failures that are alike: the same type, service, operation, and message but for what varies in it.

    That is numbers, ids and what is quoted. `message` is the newest. The type of spans that failed without an
    exception is that of the newest. `handled`: whether the program caught them; null where nothing says so.
    `isNew`: none of them in the same length of time before; false where nothing at all is stored of that.
    """

    fingerprint: str
    exceptionType: str
    message: str
    service: str
    component: str
    operation: str
    count: int
    traceCount: int
    firstSeen: str
    lastSeen: str
    sampleTraceIds: list[str]
    sampleSpanId: str
    series: FailureSeries
    handled: bool | None
    isNew: bool


class ErrorGroups(TypedDict):
    """Groups of failures, that with the newest first. `exact` as in ServiceList."""

    groups: list[ErrorGroup]
    nextCursor: str | None
    exact: bool
