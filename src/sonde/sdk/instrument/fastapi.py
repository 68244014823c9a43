"""FastAPI: every application, also one made before `sonde.configure()` or by a class imported earlier.

OpenTelemetry's instrumentation replaces the name `fastapi.FastAPI`, which a program that has imported it
never sees; here an application is instrumented when it builds its middleware, at its first message.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.trace import Span
from starlette.types import ASGIApp

from sonde.sdk.instrument.client_address import set_client_address
from sonde.sdk.instrument.patch import Function, Patch

_log = logging.getLogger("sonde")


def switch_on() -> None:
    """Instrument every application from its first message on."""
    _middleware.on()


def switch_off() -> None:
    """Leave applications alone; those that have answered a message go on as they are."""
    _middleware.off()


def _instrumented_first(original: Function) -> Function:
    def build_middleware_stack(app: FastAPI) -> ASGIApp:
        if not getattr(app, "_is_instrumented_by_opentelemetry", False):
            try:
                # One span a request: those of each message sent and received say nothing more.
                FastAPIInstrumentor.instrument_app(
                    app, server_request_hook=_request_began, exclude_spans=["receive", "send"]
                )
            # The application serves, seen or not.
            except Exception as error:
                _log.warning("cannot instrument the application %s: %s", app.title, error)
            else:
                return app.build_middleware_stack()
        return original(app)

    return build_middleware_stack


def _request_began(span: Span, scope: Mapping[str, Any]) -> None:
    if scope["type"] == "websocket":
        # It lasts as long as the connection: not to be taken for a request, nor for the method "HTTP".
        told: Mapping[str, object] = getattr(span, "attributes", None) or {}
        span.update_name(f"WEBSOCKET {told.get('http.route', '')}".rstrip())
    headers: Iterable[tuple[bytes, bytes]] = scope.get("headers") or ()

    def header(name: str) -> str | None:
        wanted = name.encode()
        return next((value.decode("latin-1") for key, value in headers if key == wanted), None)

    set_client_address(span, header)


_middleware = Patch(FastAPI, "build_middleware_stack", _instrumented_first)
