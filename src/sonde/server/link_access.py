"""One request for links: who asks, what they may see, and the note of it in audit log and counters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, cast

import orjson
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from sonde.decode import AuditEntry
from sonde.errors import Forbidden, SondeError, Unauthenticated
from sonde.query.links import Entity, Recent
from sonde.server.auth import Identity
from sonde.server.keys import DEFAULT_TENANT
from sonde.server.link_tokens import MAX_ENTITIES
from sonde.server.outside_links import Asked
from sonde.server.parts import Parts

if TYPE_CHECKING:
    from starlette.datastructures import Headers

T = TypeVar("T")

SEARCHED_SHOWN: Final = 10
"""Entities of one search that have an entry each in the audit log."""

_TOLD_CHARS: Final = 200


class LinkAccess:
    """Made for each request by `AccessOf`."""

    def __init__(self, request: Request, parts: Parts, identity: Identity) -> None:
        self.request = request
        self.parts = parts
        self.identity = identity

    @property
    def tenant(self) -> str:
        """Whose links they are."""
        return self.identity.tenant

    def may(self, entity: Entity) -> bool:
        """Whether the caller may see the link of this entity: a token may name a few."""
        named = self.identity.entities
        return named is None or entity.shortened() in named

    def require(self, action: str, entity: Entity) -> None:
        """Raise Forbidden where the caller may not see it."""
        if not self.may(entity):
            self.note(action, entity, "forbidden")
            raise Forbidden(
                f"the token is not for {entity.type} {entity.id[:100]!r}",
                hint="name it in `entities` when the token is made",
            )

    def ask_outside(self, entities: Iterable[Entity]) -> Asked | None:
        """Begin to read the links that are kept outside of the store; None where none are."""
        outside = self.parts.outside_links
        return None if outside is None else outside.ask(self.tenant, entities)

    async def outside(self, asked: Asked | None) -> Recent:
        """What was found there; nothing where it does not answer in time."""
        outside = self.parts.outside_links
        return {} if outside is None or asked is None else await outside.answer(asked)

    def outside_on_thread(self, asked: Asked | None) -> Recent:
        """The same where a thread may wait for it."""
        outside = self.parts.outside_links
        return {} if outside is None or asked is None else outside.answer_on_thread(asked)

    @property
    def unread(self) -> str:
        """What a caller should know who finds nothing; empty where everything was looked at."""
        outside = self.parts.outside_links
        is_away = outside is not None and outside.problem and self.tenant == DEFAULT_TENANT
        return "links in Redis cannot be read just now" if is_away else ""

    def note(self, action: str, entity: Entity, result: str, run_id: str = "") -> None:
        """Count an answer and have it written to the audit log."""
        self.note_all(action, [(entity, result, run_id)])

    def note_all(
        self, action: str, answers: Iterable[tuple[Entity, str, str]], *, token_id: str = ""
    ) -> None:
        """The same of many: of each the entity, the result and the run that it leads to; `token_id` is of a
        token that was made."""
        at_ns = time.time_ns()
        who = (self.identity.key_id, self.identity.key_name, token_id or self.identity.token_id)
        whence = _whence(self.request)
        for entity, result, run_id in answers:
            self.parts.link_counters.count(action, result)
            told = (_text(entity.type, _TOLD_CHARS), _text(entity.shortened().id), _text(run_id))
            self.parts.audit.note(self.tenant, AuditEntry(at_ns, action, result, *who, *told, *whence))

    def note_search(self, asked: Entity, told: Sequence[tuple[Entity, str]]) -> None:
        """Note that a search told of entities the run that touched each last ("" where none did).

        Each where they are few; of many those that have the very id, and once what was asked for.
        """
        linked = [(entity, "found", run_id) for entity, run_id in told if run_id]
        if len(linked) > SEARCHED_SHOWN:
            linked = [each for each in linked if each[0].id == asked.id][:SEARCHED_SHOWN]
            linked.append((asked, "found", ""))
        elif not told and asked.id:
            linked = [(asked, "unknown", "")]
        self.note_all("search", linked)

    async def read(self, action: str, entities: Iterable[Entity], read: Callable[[], T]) -> T:
        """What `read` finds, on a thread; noted as an error where it raises."""
        try:
            return await run_in_threadpool(read)
        except SondeError:
            self.note_all(action, ((entity, "error", "") for entity in entities))
            raise


async def link_access(request: Request) -> LinkAccess:
    """Who asks for links, as `require` found them."""
    return LinkAccess(request, request.app.state.parts, request.state.identity)


AccessOf = Annotated[LinkAccess, Depends(link_access)]


async def note_refusal(request: Request, parts: Parts, error: Unauthenticated | Forbidden) -> None:
    """Note that a caller may not do what they asked of links, with an entry for each entity, of a caller that
    is not known one; of other requests nothing is noted."""
    action = _ACTIONS.get((request.method, getattr(request.scope.get("route"), "path", "")))
    if action is None:
        return
    who = error.refused
    is_known = bool(who.key_id or who.token_id)
    result = "forbidden" if is_known and isinstance(error, Forbidden) else "unauthenticated"
    parts.link_counters.count(action, result)
    if result == "unauthenticated" and not parts.link_counters.may_note_refusal():
        return
    asked = await _asked(request)
    for entity in asked[: MAX_ENTITIES if is_known else 1] or [Entity("", "")]:
        told = (_text(entity.type, _TOLD_CHARS), _text(entity.shortened().id), "")
        entry = AuditEntry(
            time.time_ns(), action, result, who.key_id, who.key_name, who.token_id, *told, *_whence(request)
        )
        parts.audit.note(who.tenant or DEFAULT_TENANT, entry)


async def _asked(request: Request) -> list[Entity]:
    """The entities that a request names, in its address or its body, whatever else is in that."""
    if request.method == "GET":
        in_path, in_query = request.path_params, request.query_params
        kind, name = (
            in_path.get(f"entity_{part}") or in_path.get(part) or in_query.get(part, "")
            for part in ("type", "id")
        )
        return [Entity(kind.strip(), name or in_query.get("q", ""))]
    try:
        body: Any = orjson.loads(await request.body())
    except ValueError:
        return []
    found = body.get("entities", [body]) if isinstance(body, dict) else body
    rows = cast(list[Any], found) if isinstance(found, list) else []
    named = (cast(dict[str, Any], row) for row in rows if isinstance(row, dict))
    pairs = (
        (row.get("type") or row.get("entityType"), row.get("id") or row.get("entityId")) for row in named
    )
    entities = (
        Entity(kind.strip(), name) for kind, name in pairs if isinstance(kind, str) and isinstance(name, str)
    )
    return list(dict.fromkeys(entities))


_ACTIONS: Final = {
    ("GET", "/api/v1/links"): "read",
    ("POST", "/api/v1/links"): "write",
    ("POST", "/api/v1/links/query"): "read",
    ("GET", "/api/v1/links/history"): "history",
    ("POST", "/api/v1/links/clicks"): "click",
    ("POST", "/api/v1/links/tokens"): "token",
    ("GET", "/api/v1/entities"): "search",
    ("GET", "/api/v1/entities/{type}/{id:id}"): "history",
    ("GET", "/go"): "redirect",
    ("GET", "/go/{entity_type}/{entity_id:id}"): "redirect",
}


def _whence(request: Request) -> tuple[str, str, str]:
    headers: Headers = request.headers
    address = request.client.host if request.client else ""
    passed_on, origin = (headers.get(name, "") for name in ("x-forwarded-for", "origin"))
    return address, _text(passed_on, _TOLD_CHARS), _text(origin, _TOLD_CHARS)


def _text(value: str, longest: int | None = None) -> str:
    """A text that can be stored, whatever is in it."""
    return value[:longest].encode("utf-8", "replace").decode()
