"""`GET /api/v1/services` and `GET /api/v1/operations`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sonde.query import services
from sonde.query.answers import OperationList, ServiceList
from sonde.query.search.tree import And, Equals, Term
from sonde.server.api.parameters import LimitOf, RangeOf, SearchOf, answer
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["services"], dependencies=[require("read")])


@router.get("/services", response_model=ServiceList)
def list_services(database: DatabaseOf, node: SearchOf, range_: RangeOf, limit: LimitOf) -> Response:
    """Services by name: spans, errors, latency. Open spans have no latency yet and are counted apart."""
    return answer(services.services(database, node, range_, limit=limit))


@router.get("/operations", response_model=OperationList)
def list_operations(
    database: DatabaseOf,
    node: SearchOf,
    range_: RangeOf,
    limit: LimitOf,
    service: Annotated[str, Query(description="Only the operations of this service.")] = "",
) -> Response:
    """Operations, the most frequent first: spans, errors, latency."""
    if service:
        node = And((Term("service", Equals(service), 0), node))
    return answer(services.operations(database, node, range_, limit=limit))
