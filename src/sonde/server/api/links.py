"""`/api/v1/links`: from an entity to the run that touched it."""

from __future__ import annotations

import time
from typing import Annotated, Final

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from sonde import semconv
from sonde.errors import BadRequest, NoLink, StoreUnavailable
from sonde.query import links
from sonde.query.link_answers import Link, LinkAnswer, LinkAnswers, LinkHistory, LinksStored
from sonde.query.link_history import history
from sonde.query.links import Entity, Touch
from sonde.query.time import parse_time
from sonde.query.trace import parse_trace_id
from sonde.server.api.parameters import answer
from sonde.server.dependencies import get_database, require
from sonde.server.link_access import AccessOf, LinkAccess
from sonde.server.link_events import NewLink, otlp_json
from sonde.server.shown_links import ShownLinks, of_age
from sonde.settings.run_pages import is_web_address

MAX_STORED: Final = 10_000
"""Links that may be stored at once."""
MAX_TYPE_CHARS: Final = 200

router = APIRouter(prefix="/api/v1/links", tags=["links"])

EntityType = Annotated[
    str, Query(alias="type", min_length=1, max_length=MAX_TYPE_CHARS, description="Its type, e.g. `payment`.")
]
EntityId = Annotated[str, Query(alias="id", min_length=1, description="Its id, whatever characters it has.")]


class StrictBody(BaseModel):
    """A body that has nothing but what is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EntityName(StrictBody):
    """An entity."""

    type: str = Field(
        validation_alias=AliasChoices("type", "entityType"), min_length=1, max_length=MAX_TYPE_CHARS
    )
    id: str = Field(validation_alias=AliasChoices("id", "entityId"), min_length=1)

    @property
    def entity(self) -> Entity:
        """As the store knows it."""
        return Entity(self.type.strip(), self.id).shortened()

    @field_validator("type")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("a type has more than spaces")
        return value


class LinkToStore(EntityName):
    """That a run touched an entity: by default now."""

    run_id: str = Field(validation_alias=AliasChoices("runId", "run_id"), min_length=1, max_length=1000)
    run_url: str = Field(
        "", validation_alias=AliasChoices("runUrl", "url"), max_length=semconv.MAX_RUN_URL_CHARS
    )
    trace_id: str = Field("", validation_alias=AliasChoices("traceId", "trace_id"))
    recorded_at: str = Field("", validation_alias=AliasChoices("recordedAt", "recorded_at"))


class EntitiesToFind(StrictBody):
    """Entities whose links are wanted."""

    entities: list[EntityName] = Field(max_length=links.MAX_ENTITIES)


@router.get("", response_model=Link, dependencies=[require("links")])
async def get_link(
    request: Request, access: AccessOf, entity_type: EntityType, entity_id: EntityId
) -> Response:
    """The run that touched an entity last.

    404 `no_link`, "No link available", where no run did (`reason` is `unknown`) or not for a while
    (`expired`, setting `links.ttl_days`).
    """
    entity = Entity(entity_type.strip(), entity_id)
    found = links.newest_run(links.touchers(await touches_of(access, "read", entity)))
    try:
        link = ShownLinks(request, access.parts.settings).link(
            entity, of_age(access.parts.settings, entity, found, unread=access.unread)
        )
    except NoLink as none:
        access.note("read", entity, none.reason)
        raise
    access.note("read", entity, "found", link["runId"])
    return answer(link)


@router.get("/history", response_model=LinkHistory, dependencies=[require("links")])
async def get_history(
    request: Request,
    access: AccessOf,
    entity_type: EntityType,
    entity_id: EntityId,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most runs of the answer.")] = 50,
) -> Response:
    """All runs that touched an entity, and traces outside of runs that did, the newest first; with their
    attempts and how they ended.

    An entity that nothing touched has none: that is no error here.
    """
    entity = Entity(entity_type.strip(), entity_id)
    access.require("history", entity)
    outside = await access.outside(access.ask_outside([entity]))
    recent = links.together(access.parts.recent_links.of(access.tenant, [entity]), outside)
    found, truncated = await access.read(
        "history", [entity], lambda: history(get_database(request), entity, recent, limit=limit)
    )
    pages = ShownLinks(request, access.parts.settings)
    runs = [pages.entry(each) for each in found]
    access.note("history", entity, "found" if runs else "unknown", runs[0]["runId"] if runs else "")
    return answer({"type": entity.type, "id": entity.id, "runs": runs, "truncated": truncated})


@router.post("", response_model=LinksStored, dependencies=[require("ingest")])
async def store_links(
    access: AccessOf,
    given: Annotated[
        LinkToStore | Annotated[list[LinkToStore], Field(max_length=MAX_STORED)],
        Body(description="A link or a list of links."),
    ],
) -> Response:
    """Store that runs touched entities: as events `entity.touched`, by the same way in as all telemetry.

    When it is answered they are on disk, and read at once. `recordedAt` decides which of several runs is the
    last; the same link again changes nothing.
    """
    from sonde.decode import Signal

    parts = access.parts
    if parts.intake is None:
        raise StoreUnavailable("cannot store links: no server runs", hint="start one with `sonde serve`")
    now_ns = time.time_ns()
    new = [_new(each, now_ns) for each in (given if isinstance(given, list) else [given])]
    if new:
        result = "error"
        try:
            await parts.intake.accept(Signal.LOGS, otlp_json(new), tenant=access.tenant, json=True)
            parts.recent_links.put(access.tenant, ((each.entity, each.touch) for each in new))
            result = "stored"
        finally:
            access.note_all("write", ((each.entity, result, each.touch.run_id) for each in new))
    return answer({"stored": len(new)})


@router.post("/query", response_model=LinkAnswers, dependencies=[require("links")])
async def find_links(
    request: Request,
    access: AccessOf,
    wanted: EntitiesToFind,
    outside: Annotated[bool, Query(description="Whether links in the server's Redis count as well.")] = True,
) -> Response:
    """The links of up to 1 000 entities, in their order; of one without a link, why it has none."""
    entities = [each.entity for each in wanted.entities]
    allowed = [entity for entity in dict.fromkeys(entities) if access.may(entity)]
    found = await _touches_of_each(access, allowed, outside=outside)
    pages = ShownLinks(request, access.parts.settings)
    answers: dict[Entity, LinkAnswer] = {
        entity: pages.answer(entity, links.newest_run(links.touchers(found[entity]))) for entity in allowed
    }
    told = [answers.get(entity) or _not_allowed(entity) for entity in entities]
    access.note_all(
        "read",
        (
            (entity, each["status"], each["link"]["runId"] if each["link"] else "")
            for entity, each in zip(entities, told, strict=True)
        ),
    )
    return answer({"links": told})


async def touches_of(access: LinkAccess, action: str, entity: Entity) -> list[Touch]:
    """What touched an entity, as far as its newest run is concerned. Raises Forbidden and StoreError."""
    access.require(action, entity)
    parts, tenant = access.parts, access.tenant
    asked = access.ask_outside([entity])
    stored = parts.link_cache.of(tenant, entity)
    if stored is None:
        began = parts.link_cache.begin()
        found = await access.read(
            action, [entity], lambda: links.stored_of(get_database(access.request), entity)
        )
        parts.link_cache.keep(tenant, {entity.shortened(): found}, began)
        stored = tuple(found)
    outside = await access.outside(asked)
    # Looked at after the store: what has gone from here is there by then.
    recent = parts.recent_links.of(tenant, [entity])
    return [*stored, *(touch for found in (recent, outside) for touch in found.get(entity.shortened(), ()))]


async def _touches_of_each(
    access: LinkAccess, entities: list[Entity], *, outside: bool
) -> dict[Entity, list[Touch]]:
    parts, tenant = access.parts, access.tenant
    asked = access.ask_outside(entities) if outside else None
    recent = parts.recent_links.of(tenant, entities)
    known = {entity: parts.link_cache.of(tenant, entity) for entity in entities}
    missing = [entity for entity, touches in known.items() if touches is None]
    found: dict[Entity, list[Touch]] = {}
    if missing:
        began = parts.link_cache.begin()
        found = await access.read(
            "read", missing, lambda: links.newest_of_each(get_database(access.request), missing)
        )
        parts.link_cache.keep(tenant, found, began)
    besides = links.together(recent, await access.outside(asked))
    return {
        entity: [*(known[entity] or found.get(entity, ())), *besides.get(entity, ())] for entity in entities
    }


def _not_allowed(entity: Entity) -> LinkAnswer:
    return {"type": entity.type, "id": entity.id, "status": "forbidden", "link": None}


def _new(given: LinkToStore, now_ns: int) -> NewLink:
    if given.run_url and not is_web_address(given.run_url):
        raise BadRequest(
            f"cannot store the address {given.run_url[:100]!r} of a run",
            hint="it starts with http:// or https:// and has no spaces and no user name in it",
        )
    return NewLink.of(
        given.entity,
        run_id=given.run_id,
        trace_id=parse_trace_id(given.trace_id) if given.trace_id else "",
        run_url=given.run_url,
        at_ns=parse_time(given.recorded_at, now_ns=now_ns) if given.recorded_at else now_ns,
        now_ns=now_ns,
    )
