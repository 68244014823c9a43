"""Django: its middleware is added when a handler loads them.

OpenTelemetry's instrumentation changes `settings.MIDDLEWARE` at once, and where no settings are known
yet it configures empty ones, which breaks the program. A handler that loads its middleware has settings.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from opentelemetry import context
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.trace import Span

from sonde.sdk.instrument.client_address import set_client_address
from sonde.sdk.instrument.patch import Function, Patch
from sonde.sdk.instrument.streaming import InContext, in_context

MIDDLEWARE = "opentelemetry.instrumentation.django.middleware.otel_middleware._DjangoMiddleware"

_log = logging.getLogger("sonde")


def switch_on() -> None:
    """Instrument every handler from now on."""
    _handlers.on()


def switch_off() -> None:
    """Take the middleware away for handlers to come."""
    _handlers.off()
    instrumentor = DjangoInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


def _instrumented_first(original: Function) -> Function:
    def load_middleware(handler: BaseHandler, *args: Any, **kwargs: Any) -> None:
        try:
            _instrument()
        # The site serves, seen or not.
        except Exception as error:
            _log.warning("cannot instrument Django: %s", error)
        original(handler, *args, **kwargs)

    return load_middleware


def _instrument() -> None:
    instrumentor = DjangoInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(request_hook=_request_began, response_hook=_answered)
    # Tests override settings: the middleware has to be in those that this handler reads.
    if MIDDLEWARE not in settings.MIDDLEWARE:
        settings.MIDDLEWARE = [MIDDLEWARE, *settings.MIDDLEWARE]


def _request_began(span: Span, request: HttpRequest) -> None:
    headers: Any = request.headers  # a mapping; the property bears no type
    set_client_address(span, headers.get)


def _answered(_span: Span, _request: HttpRequest, response: Any) -> None:
    # A file is handed to the server as it is.
    if response.streaming and getattr(response, "file_to_stream", None) is None:
        inside: Any = in_context if response.is_async else InContext
        response.streaming_content = inside(response.streaming_content, context.get_current())


_handlers = Patch(BaseHandler, "load_middleware", _instrumented_first)
