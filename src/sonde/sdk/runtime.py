"""What spans, events and measurements of Sonde's own API go through.

`configure()` installs a runtime; without one, the providers that the program has set up with
OpenTelemetry itself are used, and where there are none, nothing is recorded. A test puts its own runtime
over whatever is installed, also over what is installed in the meantime.
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
_override: Runtime | None = None
_used: Runtime | None = None


def install(runtime: Runtime | None) -> None:
    """Make `runtime` the one in use; None goes back to the program's own providers."""
    global _installed, _used
    _installed = runtime
    _used = _override or runtime


def override(runtime: Runtime | None) -> Runtime | None:
    """Use `runtime` whatever is installed, as tests do; None ends it. Returns what it takes the place of."""
    global _override, _used
    before, _override = _override, runtime
    _used = runtime or _installed
    return before


def installed() -> Runtime | None:
    """What `configure()` made, or None where it was not called or `enabled` is false."""
    return _installed


def tracer() -> Tracer:
    """The tracer for spans of Sonde's own API."""
    return _used.tracer if _used else trace.get_tracer(SCOPE)


def logger() -> Logger:
    """The logger for events and records."""
    return _used.logger if _used else get_logger(SCOPE)


def meter() -> Meter:
    """The meter for what Sonde's own API counts."""
    return _used.meter if _used else metrics.get_meter(SCOPE)


def announce(span: Span) -> None:
    """Write a span that has begun, so that it is seen before it ends; nothing if not configured."""
    if _used:
        _used.announce(span)
