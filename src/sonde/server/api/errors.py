"""`GET /api/v1/errors`."""

from __future__ import annotations

from fastapi import APIRouter, Response

from sonde.query import failures
from sonde.query.error_answers import ErrorGroups
from sonde.query.search import Node
from sonde.query.time import TimeRange
from sonde.server.api.parameters import PageOf, SearchText, Since, Until, answer
from sonde.server.dependencies import DatabaseOf, SharedOf, require
from sonde.server.shared import Shared
from sonde.store import Database

router = APIRouter(prefix="/api/v1", tags=["errors"], dependencies=[require("read")])

BEFORE_FOR_S = 60


@router.get("/errors", response_model=ErrorGroups)
def list_errors(
    database: DatabaseOf,
    shared: SharedOf,
    page: PageOf,
    q: SearchText = "",
    since: Since = None,
    until: Until = None,
) -> Response:
    """Failures in groups that are alike, that with the newest failure first.

    They are the exceptions among the events of spans, log records with `exception.type`, and spans that
    failed without either. At most the newest 200 000 of spans and of logs are grouped. Which groups are new
    is found out once a minute.
    """
    found = failures.groups(
        database,
        page.node,
        page.range,
        known=known_before(database, shared, page.node, page.range, (q, since, until)),
        limit=page.limit,
        cursor=page.cursor,
        question=f"errors\n{page.question}",
    )
    return answer(found)


def known_before(
    database: Database, shared: Shared, node: Node, range_: TimeRange, question: tuple[str | None, ...]
) -> frozenset[str] | None:
    """The groups of the time before, shared for a minute between those who ask the same."""
    return shared.get(
        (database.name, "failures before", *question),
        lambda: failures.fingerprints(database, node, failures.before(range_)),
        for_s=BEFORE_FOR_S,
    )
