"""Flask: every application, also one made before `sonde.configure()` or by a class imported earlier.

OpenTelemetry's instrumentation replaces the name `flask.Flask`, which a program that has imported it
never sees; here an application is instrumented at its first request.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import Any, Final

from flask import Flask, request
from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.trace import Span
from werkzeug.wsgi import ClosingIterator

from sonde.sdk.instrument.client_address import set_client_address
from sonde.sdk.instrument.patch import Function, Patch
from sonde.sdk.instrument.streaming import InContext

_log = logging.getLogger("sonde")
_lock = threading.Lock()
_CONTEXT: Final = "sonde.context"


def switch_on() -> None:
    """Instrument every application from its first request on."""
    _application.on()


def switch_off() -> None:
    """Leave applications alone; those that have answered a request go on as they are."""
    _application.off()


def _instrumented_first(original: Function) -> Function:
    def call(app: Flask, environ: dict[str, Any], start_response: Function) -> Iterable[bytes]:
        if not getattr(app, "_is_instrumented_by_opentelemetry", False):
            _instrument(app)
        pieces = original(app, environ, start_response)
        made_in: Context | None = environ.pop(_CONTEXT, None)
        # A file is handed to the server as it is.
        if made_in is None or not isinstance(pieces, ClosingIterator):
            return pieces
        return InContext[bytes](pieces, made_in)

    return call


def _instrument(app: Flask) -> None:
    with _lock:
        if getattr(app, "_is_instrumented_by_opentelemetry", False):
            return
        served = app._got_first_request  # pyright: ignore[reportPrivateUsage] -- Flask refuses set-up afterwards
        app._got_first_request = False  # pyright: ignore[reportPrivateUsage] -- as above
        try:
            FlaskInstrumentor.instrument_app(app, response_hook=_answered, enable_commenter=False)
            # A function of the program's that answers in its place must not keep the span from beginning.
            first = app.before_request_funcs[None]
            first.insert(0, first.pop())
        # The application serves, seen or not.
        except Exception as error:
            app._is_instrumented_by_opentelemetry = True  # pyright: ignore[reportAttributeAccessIssue] -- tried once
            _log.warning("cannot instrument the application %s: %s", app.name, error)
        finally:
            app._got_first_request = served  # pyright: ignore[reportPrivateUsage] -- as above


def _answered(span: Span | None, _status: str, _headers: object) -> None:
    # Not when the request begins: the attributes of the instrumentation are set again after that hook.
    if span is not None:
        set_client_address(span, request.headers.get)
        request.environ[_CONTEXT] = context.get_current()


_application = Patch(Flask, "__call__", _instrumented_first)
