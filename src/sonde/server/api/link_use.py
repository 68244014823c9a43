"""Tokens for links, clicks on them, and how they are used."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Response
from pydantic import Field

from sonde.errors import Forbidden
from sonde.query.audit import link_use
from sonde.query.link_answers import LinkToken, LinkUse
from sonde.query.links import Entity
from sonde.query.time import SECOND_NS, iso
from sonde.server import link_tokens
from sonde.server.api.links import EntityName, StrictBody
from sonde.server.api.parameters import RangeOf, answer
from sonde.server.dependencies import DatabaseOf, require
from sonde.server.link_access import AccessOf

router = APIRouter(prefix="/api/v1/links", tags=["links"])

ANY: Final = Entity("", "")
"""What the audit log says of a token for all entities."""


class TokenWanted(StrictBody):
    """A token, for these entities only or for all, and for how many seconds."""

    entities: Annotated[list[EntityName], Field(min_length=1, max_length=link_tokens.MAX_ENTITIES)] | None = (
        None
    )
    lifetime_s: Annotated[int, Field(alias="lifetimeS", ge=link_tokens.LEAST_S, le=link_tokens.LONGEST_S)] = (
        link_tokens.DEFAULT_S
    )


class Click(EntityName):
    """That somebody followed the link of an entity to a run."""

    run_id: str = Field("", alias="runId", max_length=1000)


@router.post("/tokens", response_model=LinkToken, dependencies=[require("links")])
async def make_token(access: AccessOf, wanted: TokenWanted) -> Response:
    """A token for a page, so that no key is in it: it reads links and follows redirects, of the named
    entities or of all, and is over after `lifetimeS` (5 to 3600, by default 300 seconds), or with the key
    that it was made with.

    It is sent as a key is, `Authorization: Bearer <token>`; to `/go` also as `?token=`.
    """
    identity = access.identity
    entities = None if wanted.entities is None else [each.entity for each in wanted.entities]
    if identity.token_id:
        access.note_all("token", ((entity, "forbidden", "") for entity in entities or [ANY]))
        raise Forbidden("a token makes no tokens", hint="use the key with the scope links")
    text, token = access.parts.link_tokens.make(
        identity.tenant, identity.key_id, lifetime_s=wanted.lifetime_s, entities=entities
    )
    access.note_all("token", ((entity, "issued", "") for entity in entities or [ANY]), token_id=token.id)
    return answer(
        {
            "token": text,
            "tokenId": token.id,
            "expiresAt": iso(token.expires_at_s * SECOND_NS),
            "lifetimeS": wanted.lifetime_s,
        }
    )


@router.post("/clicks", status_code=204, dependencies=[require("links")])
async def note_click(access: AccessOf, click: Click) -> Response:
    """Count that somebody followed a link, as `<sonde-link>` does."""
    access.require("click", click.entity)
    access.note("click", click.entity, "found", click.run_id)
    return Response(status_code=204)


@router.get("/use", response_model=LinkUse, dependencies=[require("read")])
def get_use(database: DatabaseOf, range_: RangeOf) -> Response:
    """How links were stored, read and followed: counts and rates of success, by what the audit log says."""
    return answer(link_use(database, range_))
