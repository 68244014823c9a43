"""`GET /api/v1/facets`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sonde.query import facets, logs
from sonde.query.search_answers import Facets
from sonde.server.api.counts import Counted
from sonde.server.api.parameters import RangeOf, SearchOf, answer, listed
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["facets"], dependencies=[require("read")])


@router.get("/facets", response_model=Facets)
def list_facets(
    database: DatabaseOf,
    node: SearchOf,
    range_: RangeOf,
    signal: Annotated[Counted, Query(description="Of which records.")] = Counted.SPANS,
    fields: Annotated[
        list[str] | None,
        Query(
            description="Fields and attributes, as a search names them; commas or repeated. By default the "
            "usual fields, and the 8 most frequent attributes of at most 100 values."
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=facets.MAX_VALUES, description="Most values of each.")] = 10,
) -> Response:
    """The most frequent values of fields and attributes among the records that match.

    Fields are counted in all records up to some 4 million, attributes in a sample of about 30 000 and scaled.
    """
    found = facets.facets(
        database,
        "spans" if signal is Counted.SPANS else "logs",
        logs.of(node, events=True) if signal is Counted.EVENTS else node,
        range_,
        fields=listed(fields),
        limit=limit,
    )
    return answer(found)
