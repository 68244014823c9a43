"""The HTTP application: OTLP on its own fast path, everything else through FastAPI."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sonde import __version__
from sonde.receive.cors import Origins
from sonde.receive.intake import Intake
from sonde.receive.otlp_http import PATHS, OtlpHttp
from sonde.server import api, failures, health, metrics
from sonde.server.auth import OPEN, Caller, refuse_cross_site
from sonde.server.dependencies import declared_scope, require
from sonde.server.keys import Scope as KeyScope
from sonde.server.parts import Parts
from sonde.server.web import web_page

if TYPE_CHECKING:
    from sonde.settings import Settings
    from sonde.store import Store


def create_app(parts: Parts, intake: Intake) -> ASGIApp:
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
    described.add_api_route(
        "/api/v1/openapi.json", app.openapi, name="openapi", description="This API, described in OpenAPI."
    )
    for router in (described, health.router, metrics.router, *api.routers()):
        for route in router.routes:
            if scope_of(route) is None:
                raise AssertionError(f"{route} declares no scope: see sonde.server.dependencies.require")
        app.include_router(router)
    app.mount("/", web_page(), name="web")
    app.add_middleware(_Timed, parts=parts)
    return app


def scope_of(route: object) -> str | None:
    """The scope that a route declares; None when it declares none."""
    if not isinstance(route, APIRoute):
        return None
    declared = (declared_scope(dependency.call) for dependency in route.dependant.dependencies)
    return next((scope for scope in declared if scope is not None), None)


def _admit_sender(parts: Parts) -> Callable[[Mapping[bytes, bytes]], str]:
    """Who may send telemetry over HTTP: the tenant for a request's headers."""
    origins = Origins(parts.settings.cors_origins)

    def admit(headers: Mapping[bytes, bytes]) -> str:
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin or origins.allows(origin):
            # Not the host: exporters in containers reach this machine by many names.
            return parts.admit(Caller(authorization), KeyScope.INGEST).tenant
        host = headers.get(b"host", b"").decode("latin-1")
        caller = Caller(authorization, host=host, origin=origin)
        refuse_cross_site(caller)
        return parts.admit(caller, KeyScope.INGEST).tenant

    return admit


class _Front:
    """Sends a request to the receiver or to the web application."""

    def __init__(self, otlp: OtlpHttp, web: ASGIApp) -> None:
        self._otlp = otlp
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in PATHS:
            await self._otlp(scope, receive, send)
        else:
            await self._web(scope, receive, send)


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
