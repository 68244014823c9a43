"""The shape of the answer about database statements."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


class DatabaseStatement(TypedDict):
    """A statement of a service, with literals and numbers as `?`.

    Counts and the total stand for spans that sampling left out as well.
    """

    system: str
    text: str
    service: str
    count: int
    errorCount: int
    totalMs: float
    p50Ms: float
    p95Ms: float
    maxMs: float
    slowestTraceId: str
    slowestSpanId: str


class DatabaseStatements(TypedDict):
    """Statements, those that took most time in all first.

    `sampled`: they are those of a sample, counts and totals scaled. `exact` as in ServiceList.
    """

    statements: list[DatabaseStatement]
    sampled: bool
    exact: bool
