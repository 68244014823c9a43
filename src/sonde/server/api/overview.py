"""`GET /api/v1/overview`."""

from __future__ import annotations

from fastapi import APIRouter, Response

from sonde.query import failures, overview
from sonde.query.counts import ending_now
from sonde.query.error_answers import ErrorGroup
from sonde.query.overview_answers import Overview
from sonde.query.search import EVERYTHING
from sonde.query.time import HOUR_NS, TimeRange, time_range
from sonde.server.api.errors import BEFORE_FOR_S, known_before
from sonde.server.api.parameters import Since, Until, answer
from sonde.server.dependencies import DatabaseOf, SharedOf, require
from sonde.server.shared import Shared
from sonde.store import Database

router = APIRouter(prefix="/api/v1", tags=["overview"], dependencies=[require("read")])

_SHARED_FOR_S = 2
_ERRORS_FOR_S = 10
_ERRORS = 10


@router.get("/overview", response_model=Overview)
def get_overview(
    database: DatabaseOf, shared: SharedOf, since: Since = None, until: Until = None
) -> Response:
    """What happens now, by default in the last hour, and what changed against as long a time before.

    Components by number of spans, at most 100; the 10 slowest operations by p95; the 10 newest groups of
    errors; the 10 largest changes. Changes are told of components and operations that are new or gone (10
    spans or more); that have twice or half the spans, by more than chance; an error rate larger or smaller by
    half, by a percentage point and by more than chance; or a p95 larger or smaller by half, by 5 ms and of at
    least 30 spans. Answers are shared for 2 seconds, errors for 10, and what was before for a minute.
    """
    question = (database.name, "overview", since, until)

    def make() -> Overview:
        range_ = ending_now(time_range(since, until, default_since_ns=HOUR_NS))
        earlier = shared.get(
            (*question, "before"),
            lambda: overview.figures(database, failures.before(range_), in_steps=False),
            for_s=BEFORE_FOR_S,
        )
        errors = shared.get(
            (*question, "errors"),
            lambda: _newest(database, shared, range_, since, until),
            for_s=_ERRORS_FOR_S,
        )
        return overview.overview(overview.figures(database, range_, in_steps=True), earlier, errors, range_)

    return answer(shared.get(question, make, for_s=_SHARED_FOR_S))


def _newest(
    database: Database, shared: Shared, range_: TimeRange, since: str | None, until: str | None
) -> list[ErrorGroup]:
    known = known_before(database, shared, EVERYTHING, range_, ("", since or "1h", until))
    return failures.groups(database, EVERYTHING, range_, known=known, limit=_ERRORS)["groups"]
