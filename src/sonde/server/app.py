"""The HTTP application: OTLP on its own fast path, everything else through FastAPI."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sonde import __version__
from sonde.receive.cors import Origins
from sonde.receive.intake import Intake
from sonde.receive.otlp_http import PATHS, OtlpHttp
from sonde.server import api, failures, health, metrics
from sonde.server.auth import OPEN, Caller, refuse_cross_site
from sonde.server.bodies import BoundedBodies
from sonde.server.dependencies import declared_scope, require
from sonde.server.keys import Scope as KeyScope
from sonde.server.link_cors import LinkCors
from sonde.server.parts import Parts
from sonde.server.web import web_page

if TYPE_CHECKING:
    from sonde.settings import Settings
    from sonde.store import Store


def http_app(parts: Parts, intake: Intake) -> ASGIApp:
    """Everything that the server answers over HTTP."""
    return _Front(
        OtlpHttp(intake, Origins(parts.settings.cors_origins), _admit_sender(parts)), web_app(parts)
    )


def create_query_app(store: Store, settings: Settings) -> ASGIApp:
    """The API on a store that this process has opened, without receiver and without keys: whoever can
    open the files needs no permission to read them."""
    return web_app(Parts(settings=settings, admit=lambda _caller, _scope: OPEN, store=store))


def web_app(parts: Parts) -> FastAPI:
    """The API, health, metrics and the web page."""
    app = FastAPI(
        title="Sonde",
        version=__version__,
        description="Search and read telemetry.",
        openapi_url=None,
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        responses=failures.DESCRIBED,
    )
    app.state.parts = parts
    failures.install(app)
    described = APIRouter(tags=["api"], dependencies=[require("public")])

    def openapi(request: Request) -> dict[str, Any]:
        """This API, described in OpenAPI."""
        root = str(request.scope.get("root_path", "")).rstrip("/")
        return {**app.openapi(), "servers": [{"url": root or "/"}]}

    described.add_api_route("/api/v1/openapi.json", openapi, name="openapi")
    for router in (described, health.router, metrics.router, *api.routers()):
        for route in router.routes:
            if scope_of(route) is None:
                raise AssertionError(f"{route} declares no scope: see sonde.server.dependencies.require")
        app.include_router(router)
    app.mount("/", web_page(), name="web")
    app.add_middleware(BoundedBodies, max_mb=parts.settings.max_request_mb)
    app.add_middleware(_Timed, parts=parts)
    app.add_middleware(LinkCors, origins=Origins(parts.settings.links_cors_origins))
    return app


def scope_of(route: object) -> str | None:
    """The scope that a route declares; None when it declares none."""
    if not isinstance(route, APIRoute):
        return None
    declared = (declared_scope(dependency.call) for dependency in route.dependant.dependencies)
    return next((scope for scope in declared if scope is not None), None)


def _admit_sender(parts: Parts) -> Callable[[Mapping[bytes, bytes], str], str]:
    """Who may send telemetry over HTTP: the tenant for a request's headers and its sender's address."""
    origins = Origins(parts.settings.cors_origins)

    def admit(headers: Mapping[bytes, bytes], peer: str) -> str:
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin or origins.allows(origin):
            # Not the host: exporters in containers reach this machine by many names.
            return parts.admit(Caller(authorization, peer=peer), KeyScope.INGEST).tenant
        host = headers.get(b"host", b"").decode("latin-1")
        caller = Caller(authorization, host=host, origin=origin, peer=peer)
        refuse_cross_site(caller)
        return parts.admit(caller, KeyScope.INGEST).tenant

    return admit


class _Front:
    """Sends a request to the receiver or to the web application.

    Below a path (mounted in another application, or behind a proxy that tells it as root path) the path
    without its last slash leads to the one with it: the page's own links are relative.
    """

    def __init__(self, otlp: OtlpHttp, web: ASGIApp) -> None:
        self._otlp = otlp
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._web(scope, receive, send)
            return
        path = below_root(scope)
        if path in PATHS:
            await self._otlp({**scope, "path": path}, receive, send)
        elif path:
            await self._web(scope, receive, send)
        else:
            query = scope["query_string"].decode("latin-1")
            target = f"{scope['root_path']}/" + (f"?{query}" if query else "")
            await RedirectResponse(target)(scope, receive, send)


def below_root(scope: Scope) -> str:
    """The path of a request without the one that the application is below (ASGI's `root_path`)."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    below = path.removeprefix(root)
    # Some servers leave the root out of the path.
    return below if below != path and below[:1] in ("", "/") else path


class _Timed:
    """Measures how long the API takes until it begins to answer."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app = app
        self._seconds = parts.api_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def timed_send(message: Message) -> None:
            if message["type"] == "http.response.start" and (route := scope.get("route")) is not None:
                self._seconds.observe(
                    time.perf_counter() - began, getattr(route, "path", ""), str(message["status"])
                )
            await send(message)

        await self._app(scope, receive, timed_send)
