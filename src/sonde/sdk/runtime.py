"""What spans, events and measurements of Sonde's own API go through.

`configure()` installs a runtime; without one, the providers that the program has set up with
OpenTelemetry itself are used, and where there are none, nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry import metrics, trace
from opentelemetry._logs import Logger, get_logger
from opentelemetry.metrics import Meter
from opentelemetry.trace import Span, Tracer

SCOPE = "sonde"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What `configure()` made. `announce` writes a span that has begun and not ended yet."""

    tracer: Tracer
    logger: Logger
    meter: Meter
    announce: Callable[[Span], None]


_installed: Runtime | None = None


def install(runtime: Runtime | None) -> None:
    """Make `runtime` the one in use; None goes back to the program's own providers."""
    global _installed
    _installed = runtime


def installed() -> Runtime | None:
    """What `configure()` made, or None where it was not called or `enabled` is false."""
    return _installed


def tracer() -> Tracer:
    """The tracer for spans of Sonde's own API."""
    return _installed.tracer if _installed else trace.get_tracer(SCOPE)


def logger() -> Logger:
    """The logger for events and records."""
    return _installed.logger if _installed else get_logger(SCOPE)


def meter() -> Meter:
    """The meter for what Sonde's own API counts."""
    return _installed.meter if _installed else metrics.get_meter(SCOPE)


def announce(span: Span) -> None:
    """Write a span that has begun, so that it is seen before it ends; nothing if not configured."""
    if _installed:
        _installed.announce(span)
