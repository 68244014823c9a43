"""`GET /api/v1/audit`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sonde import semconv
from sonde.query import audit
from sonde.query.audit import AuditPage, Wanted
from sonde.server.api.parameters import Cursor, LimitOf, RangeOf, answer
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["operation"], dependencies=[require("admin")])


@router.get("/audit", response_model=AuditPage)
def list_audit(
    database: DatabaseOf,
    range_: RangeOf,
    limit: LimitOf,
    action: Annotated[
        str, Query(description="Only `read`, `history`, `search`, `redirect`, `click`, `write` or `token`.")
    ] = "",
    result: Annotated[
        str,
        Query(
            description="Only `found`, `unknown`, `expired`, `forbidden`, `unauthenticated`, `stored`, "
            "`issued` or `error`."
        ),
    ] = "",
    entity_type: Annotated[str, Query(alias="type", description="Only of entities of this type.")] = "",
    entity_id: Annotated[str, Query(alias="id", description="Only of the entity with this id.")] = "",
    key: Annotated[str, Query(description="Only with the key of this id.")] = "",
    cursor: Cursor = None,
) -> Response:
    """Who asked for which link, when, from where, and what was answered; newest first.

    An access is in it within two seconds, and kept for `retention.audit_days`.
    """
    wanted = Wanted(action, result, entity_type, entity_id[: semconv.MAX_ENTITY_ID_CHARS], key)
    return answer(audit.entries(database, wanted, range_, limit=limit, cursor=cursor))
