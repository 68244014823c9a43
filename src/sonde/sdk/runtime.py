"""What spans, events and measurements of Sonde's own API go through.

`configure()` installs a runtime; without one, the providers that the program has set up with
OpenTelemetry itself are used, and where there are none, nothing is recorded. A test puts its own runtime
over whatever is installed, also over what is installed in the meantime.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry._logs import Logger, NoOpLogger, get_logger, get_logger_provider
from opentelemetry.metrics import Meter, NoOpMeter
from opentelemetry.trace import Span, Tracer, TracerProvider

from sonde.sdk import configuration
from sonde.sdk.complaints import complain

SCOPE = "sonde"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What `configure()` made. `announce` writes a span that has begun and not ended yet; with `code_places`
    spans of Sonde's own API say where in the program they were made.
    """

    tracer: Tracer
    logger: Logger
    meter: Meter
    announce: Callable[[Span], None]
    code_places: bool = True


# Installed where `enabled` is false: nothing of ours is recorded, not by the program's own providers either.
SILENT: Final = Runtime(
    trace.NoOpTracer(), NoOpLogger(SCOPE), NoOpMeter(SCOPE), announce=lambda _span: None, code_places=False
)

_installed: Runtime | None = None
_override: Runtime | None = None
_used: Runtime | None = None
_found: tuple[TracerProvider, Tracer] | None = None


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
    return None if _installed is SILENT else _installed


def in_use() -> Runtime | None:
    """The runtime that what follows goes through; None: the program's own providers, if there are any."""
    return _used


def tracer() -> Tracer:
    """The tracer for spans of Sonde's own API."""
    return _used.tracer if _used else _tracer_of_program()


def logger() -> Logger:
    """The logger for events and records."""
    return _used.logger if _used else _logger_of_program()


def meter() -> Meter:
    """The meter for what Sonde's own API counts."""
    return _used.meter if _used else metrics.get_meter(SCOPE)


def _tracer_of_program() -> Tracer:
    global _found
    provider = trace.get_tracer_provider()
    if _found is None or _found[0] is not provider:
        _complain_if_nothing_is_recorded(provider)
        # Asking an SDK provider takes longer than a whole span.
        _found = provider, provider.get_tracer(SCOPE)
    return _found[1]


def _logger_of_program() -> Logger:
    _complain_if_nothing_is_recorded(get_logger_provider())
    return get_logger(SCOPE)


def _complain_if_nothing_is_recorded(provider: object) -> None:
    """Say it if `configure()` was not called yet, and no provider of the program's stands in for it."""
    if configuration.current() is configuration.DEFAULTS and is_stand_in(provider):
        complain("sonde is used before sonde.configure() was called: nothing is recorded until then")


def is_stand_in(provider: object) -> bool:
    """Whether a provider is what OpenTelemetry's API gives while none was set."""
    return type(provider).__name__.lstrip("_").startswith("Proxy")


def announce(span: Span) -> None:
    """Write a span that has begun, so that it is seen before it ends; nothing if not configured."""
    if _used:
        _used.announce(span)
