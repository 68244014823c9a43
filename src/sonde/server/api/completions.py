"""`GET /api/v1/completions`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sonde.query import completions
from sonde.query.search_answers import Completions
from sonde.query.time import HOUR_NS, time_range
from sonde.server.api.counts import Counted
from sonde.server.api.parameters import SearchText, Since, Until, answer
from sonde.server.dependencies import DatabaseOf, SharedOf, require

router = APIRouter(prefix="/api/v1", tags=["search"], dependencies=[require("read")])

_KEYS_FOR_S = 10


@router.get("/completions", response_model=Completions)
def complete(
    database: DatabaseOf,
    shared: SharedOf,
    q: SearchText = "",
    at: Annotated[
        int | None, Query(ge=0, description="Where in it, in characters from 0. By default at its end.")
    ] = None,
    signal: Annotated[Counted, Query(description="Which records are searched.")] = Counted.SPANS,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Most items.")] = 20,
) -> Response:
    """What may be typed at a place of a search: keys, or after `key:` its values and comparisons.

    Half-typed searches are no error. Attributes and values are those of a sample of the records, by default
    of the last hour.
    """
    range_ = time_range(since, until, default_since_ns=HOUR_NS)
    searched = "spans" if signal is Counted.SPANS else "logs"
    known = shared.get(
        (database.name, "completion keys", searched, since, until),
        lambda: completions.keys(database, searched, range_),
        for_s=_KEYS_FOR_S,
    )
    found = completions.complete(
        database,
        signal.value,
        q,
        len(q) if at is None else at,
        range_,
        known_keys=known,
        limit=limit,
    )
    return answer(found)
