"""One request for links: who asks, what they may see, and the note of it in audit log and counters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from sonde.decode import AuditEntry
from sonde.errors import Forbidden, SondeError
from sonde.query.links import Entity
from sonde.server.auth import Identity
from sonde.server.parts import Parts

if TYPE_CHECKING:
    from starlette.datastructures import Headers

T = TypeVar("T")

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


def note_refusal(request: Request, parts: Parts, tenant: str, key_id: str) -> None:
    """Note that a caller may not do what they asked of links; of other requests nothing is noted."""
    action = _ACTIONS.get((request.method, getattr(request.scope.get("route"), "path", "")))
    if action is None:
        return
    result = "forbidden" if key_id else "unauthenticated"
    parts.link_counters.count(action, result)
    if not key_id and not parts.link_counters.may_note_refusal():
        return
    asked, path = request.query_params, request.path_params
    entity_type, entity_id = (
        str(path.get(f"entity_{name}") or asked.get(name, "")) for name in ("type", "id")
    )
    entity = Entity(entity_type.strip(), entity_id).shortened()
    told = (_text(entity.type, _TOLD_CHARS), _text(entity.id), "")
    entry = AuditEntry(time.time_ns(), action, result, key_id, "", "", *told, *_whence(request))
    parts.audit.note(tenant, entry)


_ACTIONS: Final = {
    ("GET", "/api/v1/links"): "read",
    ("POST", "/api/v1/links"): "write",
    ("POST", "/api/v1/links/query"): "read",
    ("GET", "/api/v1/links/history"): "history",
    ("POST", "/api/v1/links/clicks"): "click",
    ("POST", "/api/v1/links/tokens"): "token",
    ("GET", "/go"): "redirect",
    ("GET", "/go/{entity_type}/{entity_id:path}"): "redirect",
}


def _whence(request: Request) -> tuple[str, str, str]:
    headers: Headers = request.headers
    address = request.client.host if request.client else ""
    passed_on, origin = (headers.get(name, "") for name in ("x-forwarded-for", "origin"))
    return address, _text(passed_on, _TOLD_CHARS), _text(origin, _TOLD_CHARS)


def _text(value: str, longest: int | None = None) -> str:
    """A text that can be stored, whatever is in it."""
    return value[:longest].encode("utf-8", "replace").decode()
