"""`GET /api/v1/statements`."""

from __future__ import annotations

from fastapi import APIRouter, Response

from sonde.query import db_statements
from sonde.query.statement_answers import DatabaseStatements
from sonde.server.api.parameters import LimitOf, RangeOf, SearchOf, answer
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["statements"], dependencies=[require("read")])


@router.get("/statements", response_model=DatabaseStatements)
def list_statements(database: DatabaseOf, node: SearchOf, range_: RangeOf, limit: LimitOf) -> Response:
    """Database statements of the spans that match, those that took most time in all first.

    The text is `db.query.text`, else `db.statement`, else `db.query.summary`, with literals and numbers as
    `?` and lists of them as `(?)`. Beyond some 250 000 spans it is a sample that is looked at.
    """
    return answer(db_statements.statements(database, node, range_, limit=limit))
