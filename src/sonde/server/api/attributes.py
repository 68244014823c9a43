"""`GET /api/v1/attributes/keys` and `/values`, for completion."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response

from sonde.query import attributes
from sonde.query.answers import KeyList, ValueList
from sonde.server.api.parameters import LimitOf, RangeOf, answer
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1/attributes", tags=["attributes"], dependencies=[require("read")])


class Bearing(StrEnum):
    """Records that bear attributes."""

    SPANS = "spans"
    LOGS = "logs"
    METRICS = "metrics"


Signal = Annotated[Bearing, Query(description="Of which records.")]
Prefix = Annotated[str, Query(description="How they begin, in any case.")]


@router.get("/keys", response_model=KeyList)
def list_keys(
    database: DatabaseOf, range_: RangeOf, limit: LimitOf, signal: Signal = Bearing.SPANS, prefix: Prefix = ""
) -> Response:
    """Attribute keys of a sample of the records of the range, the most frequent first."""
    return answer(attributes.keys(database, signal.value, range_, prefix=prefix, limit=limit))


@router.get("/values", response_model=ValueList)
def list_values(
    database: DatabaseOf,
    range_: RangeOf,
    limit: LimitOf,
    key: Annotated[str, Query(min_length=1, description="An attribute, or a field such as `service`.")],
    signal: Signal = Bearing.SPANS,
    prefix: Prefix = "",
) -> Response:
    """Values of one attribute in a sample of the records of the range, the most frequent first."""
    return answer(attributes.values(database, signal.value, range_, key=key, prefix=prefix, limit=limit))
