"""What a route of the API may ask for.

    router = APIRouter(prefix="/api/v1", dependencies=[require("read")])

    @router.get("/services")
    def services(database: DatabaseOf) -> ...: ...

Every route declares its scope with `require` (on itself or its router); `web_app` refuses one
that does not. An id at the end of a path is `{runId:id}`: whatever characters it has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.convertors import Convertor, register_url_convertor

from sonde.errors import Forbidden, StoreUnavailable, Unauthenticated
from sonde.id_paths import id_in_path, id_of_path
from sonde.server.auth import Caller, Identity, refuse_cross_site
from sonde.server.keys import Scope
from sonde.server.link_access import note_refusal
from sonde.server.link_tokens import PREFIX, is_link_token
from sonde.server.live import Live
from sonde.server.parts import Parts
from sonde.server.shared import Shared
from sonde.settings import Settings

if TYPE_CHECKING:
    from sonde.store import Database
else:
    Database = Any  # FastAPI evaluates annotations; the engine's package is imported when the store opens


class _Id(Convertor[str]):
    """What is left of a path. Starlette's `path` ends at a line break, which an id may have."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return id_of_path(value)

    def to_string(self, value: str) -> str:
        return id_in_path(value)


register_url_convertor("id", _Id())

PUBLIC = "public"
"""What `require` takes for a route that anyone may call: no data, no effect."""


# Dependencies that wait for nothing are coroutines (here `_parts`): FastAPI would send a plain function to a
# thread, at 0.1 ms.
def get_parts(request: Request) -> Parts:
    """The running parts of the server (journal, counters …), for status and flush."""
    parts: Parts = request.app.state.parts
    return parts


def get_identity(request: Request) -> Identity:
    """Whoever sent the request, as `require` found them."""
    identity: Identity = request.state.identity
    return identity


async def get_settings(request: Request) -> Settings:
    """The settings the server runs with."""
    return get_parts(request).settings


async def get_live(request: Request) -> Live:
    """The broadcast of accepted records."""
    return get_parts(request).live


async def get_shared(request: Request) -> Shared:
    """Answers that callers share."""
    return get_parts(request).shared


def get_database(request: Request) -> Database:
    """The database of the caller's tenant. Raises StoreUnavailable while the store is opening, and what kept
    it from opening."""
    parts = get_parts(request)
    if parts.store_failure is not None:
        raise parts.store_failure
    if parts.store is None:
        raise StoreUnavailable("the store is opening", hint="try again in a second; /readyz says when it is")
    return parts.store.tenant(get_identity(request).tenant)


def require(scope: Literal["ingest", "read", "links", "jobs", "admin", "public"]) -> Dependency:
    """The dependency that lets only callers with `scope` through. Its answers: 401 and 403."""
    return Depends(_DECLARED[scope])


def declared_scope(call: object) -> str | None:
    """The scope that a dependency of `require` stands for; None for any other callable."""
    return next((scope for scope, admit in _DECLARED.items() if admit is call), None)


# For OpenAPI; it decides nothing.
_BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="A key of `sonde keys create`.")


def _admits(scope: Scope) -> Callable[..., Awaitable[Identity]]:
    # A coroutine, for FastAPI would send a plain function to a thread.
    async def admit(
        request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Identity:
        headers = request.headers
        caller = Caller(
            authorization=headers.get("authorization", "") or _token_of_redirect(request, scope),
            method=request.method,
            host=headers.get("host", ""),
            origin=headers.get("origin", ""),
            fetch_site=headers.get("sec-fetch-site", ""),
            peer=request.client.host if request.client else "",
        )
        # A browser sends no token by itself: what has one comes from a page that was given it.
        if not is_link_token(caller.authorization):
            refuse_cross_site(caller)
        parts = get_parts(request)
        try:
            request.state.identity = parts.admit(caller, scope)
        except (Unauthenticated, Forbidden) as error:
            await note_refusal(request, parts, error)
            raise
        return request.state.identity

    return admit


def _token_of_redirect(request: Request, scope: Scope) -> str:
    """The token in the address of a redirect, which a browser follows without headers; never a key."""
    route = getattr(request.scope.get("route"), "path", "")
    token = request.query_params.get("token", "") if scope is Scope.LINKS and route.startswith("/go") else ""
    return f"Bearer {token}" if token.startswith(PREFIX) else ""


async def _parts(request: Request) -> Parts:
    return get_parts(request)


async def _identity(request: Request) -> Identity:
    return get_identity(request)


async def _admit_anyone() -> None:
    """Nothing to check."""


_DECLARED: dict[str, Callable[..., Any]] = {scope.value: _admits(scope) for scope in Scope}
_DECLARED[PUBLIC] = _admit_anyone

DatabaseOf = Annotated[Database, Depends(get_database)]
SettingsOf = Annotated[Settings, Depends(get_settings)]
SharedOf = Annotated[Shared, Depends(get_shared)]
LiveOf = Annotated[Live, Depends(get_live)]
IdentityOf = Annotated[Identity, Depends(_identity)]
PartsOf = Annotated[Parts, Depends(_parts)]
