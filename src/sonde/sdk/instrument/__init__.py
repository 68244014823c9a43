"""Instrumentation: what libraries do becomes spans and metrics without a line of code.

Each instrumentation is OpenTelemetry's own where there is one. Nothing is imported for a library that
the program does not use: an instrumentation waits until its library is imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sonde.sdk.instrument import loading


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the instrumentations that were asked for, by name."""

    on: tuple[str, ...] = ()
    """Switched on: the library is imported."""
    waiting: tuple[str, ...] = ()
    """Switched on as soon as the program imports the library."""
    failed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why one could not be switched on; the others are."""
    missing: tuple[str, ...] = ()
    """Asked for by name, but not installed; `sonde instrument --install` says how to get them."""


def switch_on(which: bool | Sequence[str] = True) -> Report:
    """Switch on every instrumentation that is installed, or those named; never raises.

    Names are those of OpenTelemetry's entry points and of Sonde's own (`sonde instrument` lists
    both). Called again, it switches off what is no longer wanted. What
    `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS` names stays off.
    """
    if which is False:
        switch_off()
        return Report()
    wanted = None if which is True else [which] if isinstance(which, str) else list(which)
    done = loading.switch_on(wanted)
    return Report(tuple(done.on), tuple(done.waiting), done.failed, tuple(done.missing))


def switch_off() -> None:
    """Switch off everything that `switch_on` switched on, and what still waits; never raises."""
    loading.switch_off()
