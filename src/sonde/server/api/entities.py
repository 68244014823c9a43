"""`GET /api/v1/entities`, `/entities/touched`, `/entities/{type}/{id}`; and `/api/v1/find`, of any id."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import APIRouter, Path, Query, Request, Response

from sonde.errors import BadRequest, NoLink, NotFound
from sonde.id_paths import id_of_path
from sonde.query import entities, find, links, surroundings
from sonde.query.entity import Entry, History, history
from sonde.query.entity_answers import EntityEntry, EntityHistory, EntityPage, TouchedEntities
from sonde.query.find import Findings
from sonde.query.link_answers import Link
from sonde.query.links import Entity, Toucher
from sonde.query.time import DAY_NS, iso, time_range
from sonde.query.trace import parse_trace_id
from sonde.server.api.parameters import Cursor, LimitOf, Since, TraceId, Until, answer
from sonde.server.dependencies import DatabaseOf, IdentityOf, PartsOf, require
from sonde.server.link_access import AccessOf
from sonde.server.shown_links import ShownLinks, of_age, oldest_ns
from sonde.settings import Settings

DEFAULT_SINCE_NS: Final = 30 * DAY_NS
MAX_ENTRIES: Final = 200
MAX_TOUCHED: Final = 100

_BEFORE: Final = b"/api/v1/entities/"

router = APIRouter(prefix="/api/v1", tags=["entities"], dependencies=[require("read")])

Text = Annotated[
    str, Query(alias="q", description="An id, or how it begins. Empty: the entities touched last.")
]
OfType = Annotated[str, Query(alias="type", description="Only entities of this type, e.g. `payment`.")]


@router.get("/entities", response_model=EntityPage)
def search_entities(
    database: DatabaseOf,
    access: AccessOf,
    limit: LimitOf,
    q: Text = "",
    entity_type: OfType = "",
    cursor: Cursor = None,
) -> Response:
    """Entities by id, of any type: exact ones first, then those whose id begins so.

    Spaces around `q` count where an id has them, else not. The run that touched each last is answered, too:
    the audit log has such a search.
    """
    entity_type = entity_type.strip()
    found = entities.search(
        database,
        q,
        entity_type=entity_type,
        limit=limit,
        cursor=cursor,
        question=f"entities\n{q}\n{entity_type}",
    )
    told = [(Entity(each["type"], each["id"]), each["lastRunId"]) for each in found["entities"]]
    exact = next((each["id"] for each in found["entities"] if each["isExact"]), q)
    access.note_search(Entity(entity_type, exact), told)
    return answer(found)


@router.get("/entities/touched", response_model=TouchedEntities)
def list_touched(
    database: DatabaseOf,
    run_id: Annotated[str, Query(alias="runId", description="What this run touched.")] = "",
    trace_id: TraceId = "",
) -> Response:
    """Entities that a run and a trace touched, by type and id: at most 100. Give one of the two at least."""
    if not run_id and not trace_id:
        raise BadRequest("cannot list what nothing touched", hint="give a runId, a traceId or both")
    runs, traces = [run_id] if run_id else [], [parse_trace_id(trace_id)] if trace_id else []
    return answer({"entities": surroundings.entities_of(database, runs, traces, MAX_TOUCHED)})


@router.get("/entities/{type}/{id:id}", response_model=EntityHistory)
def get_entity(
    request: Request,
    database: DatabaseOf,
    parts: PartsOf,
    identity: IdentityOf,
    access: AccessOf,
    entity_type: Annotated[str, Path(alias="type", description="Its type, e.g. `payment`.")],
    entity_id: Annotated[str, Path(alias="id", description="Its id, which may have slashes.")],
    since: Since = None,
    until: Until = None,
    limit: Annotated[
        int, Query(ge=1, le=MAX_ENTRIES, description="Most runs and traces of the answer.")
    ] = 50,
    cursor: Cursor = None,
) -> Response:
    """Everything that happened to an entity, the newest first: runs with their outcome and attempts, traces,
    and what each did and said; with the other entities of the same runs.

    By default of the last 30 days. 404 where nothing ever named it; with no entries where nothing did in this
    time.
    """
    entity = _named(request, entity_type, entity_id)
    outside = access.outside_on_thread(access.ask_outside([entity]))
    recent = links.together(parts.recent_links.of(identity.tenant, [entity]), outside)
    found = history(
        database,
        entity,
        time_range(since, until, default_since_ns=DEFAULT_SINCE_NS),
        recent,
        limit=limit,
        cursor=cursor,
        question=f"entity\n{entity.type}\n{entity.id}\n{since}\n{until}",
    )
    if not found.is_known:
        access.note("history", entity, "unknown")
        raise _unknown(database, entity)
    shown = ShownLinks(request, parts.settings)
    last = links.last(database, entity, recent)
    body = _body(entity, found, last, shown, parts.settings)
    access.note("history", entity, "found" if last else "unknown", last.run_id if last else "")
    return answer(body)


@router.get("/find", response_model=Findings)
def find_id(
    database: DatabaseOf,
    access: AccessOf,
    q: Annotated[str, Query(min_length=1, description="An id, or how that of an entity begins.")],
    limit: Annotated[int, Query(ge=1, le=100, description="Most entities of the answer.")] = 10,
) -> Response:
    """What has this id: runs, traces, orchestrations, conversations, sessions, correlations.

    Of entities also those whose id begins so. Spaces around `q` count where an id has them, else not.
    """
    found = find.find(database, q, limit=limit)
    if access.parts.outside_links is not None:
        outside = access.outside_on_thread(access.ask_outside(find.possible(database, q)))
        found = find.with_entities(found, outside)
    return answer(found)


def _named(request: Request, entity_type: str, entity_id: str) -> Entity:
    """The entity of an address. The path is read as it was sent: its type may have a slash, too."""
    raw: bytes = request.scope.get("raw_path") or b""
    kind, slash, rest = raw.partition(b"?")[0].partition(_BEFORE)[2].partition(b"/")
    if slash:
        entity_type, entity_id = (id_of_path(unquote(each, errors="replace")) for each in (kind, rest))
    return Entity(entity_type.strip(), entity_id)


def _body(
    entity: Entity, found: History, last: Toucher | None, shown: ShownLinks, settings: Settings
) -> EntityHistory:
    link: Link | None = None
    if last is not None:
        with suppress(NoLink):
            link = shown.link(entity, of_age(settings, entity, last))
    return {
        "type": entity.type,
        "id": entity.id,
        "status": "found" if link else "expired" if last else "unlinked",
        "link": link,
        "firstSeen": None if found.first_ns is None else iso(found.first_ns),
        "lastSeen": None if found.last_ns is None else iso(found.last_ns),
        "runCount": found.run_count,
        "traceCount": found.trace_count,
        "entries": [_entry(each, shown, settings) for each in found.entries],
        "others": list(found.others),
        "nextCursor": found.next_cursor,
    }


def _entry(entry: Entry, shown: ShownLinks, settings: Settings) -> EntityEntry:
    toucher = entry.toucher
    has_page = bool(toucher.run_id or toucher.traces)
    return {
        "kind": "run" if toucher.run_id else "trace" if toucher.traces else "log",
        "runId": toucher.run_id,
        "traceIds": toucher.trace_ids,
        "traceCount": entry.trace_count,
        "firstAt": iso(toucher.first_ns),
        "lastAt": iso(entry.place_ns),
        "unixNs": str(entry.place_ns),
        "url": shown.url(toucher) if has_page else "",
        "expired": entry.place_ns < oldest_ns(settings),
        "run": entry.run,
        "trace": entry.trace,
        "about": entry.about,
        "outcome": entry.outcome,
        "steps": list(entry.steps),
        "truncated": entry.truncated,
    }


def _unknown(database: DatabaseOf, entity: Entity) -> NotFound:
    alike = entities.search(database, entity.id, limit=1)["entities"]
    shown = entity.id if len(entity.id) <= 100 else f"{entity.id[:100]}…"
    hint = "an id counts as it was sent, with its big and small letters; what was touched is kept for 14 days"
    if alike:
        hint = f"there is the {alike[0]['type']} {alike[0]['id'][:100]}; {hint}"
    return NotFound(f"nothing is known of the {entity.type[:100]} {shown}", hint=hint)
