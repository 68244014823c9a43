"""`/api/v1/links` and `/go`: from an entity to the run that touched it."""

from __future__ import annotations

import time
from typing import Annotated, Final

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from sonde import semconv
from sonde.errors import BadRequest, NoLink, StoreUnavailable
from sonde.query import links
from sonde.query.link_answers import Link, LinkAnswers, LinkHistory, LinksStored
from sonde.query.link_history import history
from sonde.query.links import Entity
from sonde.query.time import parse_time
from sonde.query.trace import parse_trace_id
from sonde.server.api.parameters import answer
from sonde.server.dependencies import DatabaseOf, IdentityOf, PartsOf, require
from sonde.server.link_events import NewLink, otlp_json
from sonde.server.shown_links import ShownLinks, of_age
from sonde.settings.run_pages import is_web_address

MAX_STORED: Final = 10_000
"""Links that may be stored at once."""
MAX_TYPE_CHARS: Final = 200

router = APIRouter(prefix="/api/v1/links", tags=["links"])
go = APIRouter(tags=["links"], dependencies=[require("links")])

EntityType = Annotated[
    str, Query(alias="type", min_length=1, max_length=MAX_TYPE_CHARS, description="Its type, e.g. `payment`.")
]
EntityId = Annotated[str, Query(alias="id", min_length=1, description="Its id, whatever characters it has.")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EntityName(_Body):
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


class EntitiesToFind(_Body):
    """Entities whose links are wanted."""

    entities: list[EntityName] = Field(max_length=links.MAX_ENTITIES)


@router.get("", response_model=Link, dependencies=[require("links")])
def get_link(
    request: Request,
    database: DatabaseOf,
    parts: PartsOf,
    identity: IdentityOf,
    entity_type: EntityType,
    entity_id: EntityId,
) -> Response:
    """The run that touched an entity last.

    404 `no_link`, "No link available", where no run did (`reason` is `unknown`) or not for a while
    (`expired`, setting `links.ttl_days`).
    """
    entity = Entity(entity_type.strip(), entity_id)
    found = links.last(database, entity, parts.recent_links.of(identity.tenant, [entity]))
    return answer(ShownLinks(request, parts.settings).link(entity, of_age(parts.settings, entity, found)))


@router.get("/history", response_model=LinkHistory, dependencies=[require("links")])
def get_history(
    request: Request,
    database: DatabaseOf,
    parts: PartsOf,
    identity: IdentityOf,
    entity_type: EntityType,
    entity_id: EntityId,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most runs of the answer.")] = 50,
) -> Response:
    """All runs that touched an entity, and traces outside of runs that did, the newest first; with their
    attempts and how they ended.

    An entity that nothing touched has none: that is no error here.
    """
    entity = Entity(entity_type.strip(), entity_id)
    recent = parts.recent_links.of(identity.tenant, [entity])
    found, truncated = history(database, entity, recent, limit=limit)
    shown = ShownLinks(request, parts.settings)
    runs = [shown.entry(each) for each in found]
    return answer({"type": entity.type, "id": entity.id, "runs": runs, "truncated": truncated})


@router.post("", response_model=LinksStored, dependencies=[require("ingest")])
async def store_links(
    parts: PartsOf,
    identity: IdentityOf,
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

    if parts.intake is None:
        raise StoreUnavailable("cannot store links: no server runs", hint="start one with `sonde serve`")
    now_ns = time.time_ns()
    new = [_new(each, now_ns) for each in (given if isinstance(given, list) else [given])]
    if new:
        await parts.intake.accept(Signal.LOGS, otlp_json(new), tenant=identity.tenant, json=True)
        parts.recent_links.put(identity.tenant, ((each.entity, each.touch) for each in new))
    return answer({"stored": len(new)})


@router.post("/query", response_model=LinkAnswers, dependencies=[require("links")])
def find_links(
    request: Request, database: DatabaseOf, parts: PartsOf, identity: IdentityOf, wanted: EntitiesToFind
) -> Response:
    """The links of up to 1 000 entities, in their order; of one without a link, why it has none."""
    entities = [each.entity for each in wanted.entities]
    recent = parts.recent_links.of(identity.tenant, entities)
    found = links.last_of_each(database, entities, recent) if entities else {}
    shown = ShownLinks(request, parts.settings)
    return answer({"links": [shown.answer(entity, found[entity]) for entity in entities]})


@go.get("/go", response_class=RedirectResponse, status_code=302)
def go_to_run(
    request: Request,
    database: DatabaseOf,
    parts: PartsOf,
    identity: IdentityOf,
    entity_type: EntityType,
    entity_id: EntityId,
) -> Response:
    """Redirect to the page of the run that touched an entity last: its own, else that of the job system, else
    Sonde's; where only traces outside of runs did, to the last of these."""
    entity = Entity(entity_type.strip(), entity_id)
    recent = parts.recent_links.of(identity.tenant, [entity])
    touched = links.touchers(links.touches(database, entity, recent))
    shown = ShownLinks(request, parts.settings)
    run = links.newest_run(touched) or next(iter(touched), None)
    try:
        target = shown.place(of_age(parts.settings, entity, run))
    except NoLink as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        text = f"{error.message}\n\n{error.hint}\n"
        return PlainTextResponse(text, 404, headers={"x-content-type-options": "nosniff"})
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    return RedirectResponse(target, 302, headers=headers)


@go.get("/go/{entity_type}/{entity_id:path}", response_class=RedirectResponse, status_code=302)
def go_to_run_by_path(
    request: Request,
    database: DatabaseOf,
    parts: PartsOf,
    identity: IdentityOf,
    entity_type: str,
    entity_id: str,
) -> Response:
    """As `/go?type=…&id=…`, for ids that a path can hold; encode what is not a letter or digit."""
    return go_to_run(request, database, parts, identity, entity_type, entity_id)


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
