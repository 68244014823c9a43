"""Switching instrumentations on and off, each by itself: one that fails stops no other."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from typing import Any, Final

from wrapt import register_post_import_hook

from sonde.sdk.instrument.registry import OWN, Instrumentation, disabled, installed, own_module

STABILITY: Final = "OTEL_SEMCONV_STABILITY_OPT_IN"
"""Which conventions OpenTelemetry's instrumentations follow; read once, when the first is switched on."""

_log = logging.getLogger("sonde")


@dataclass(slots=True)
class Outcome:
    """What became of each, by name."""

    on: list[str] = field(default_factory=list[str])
    waiting: list[str] = field(default_factory=list[str])
    failed: dict[str, str] = field(default_factory=dict[str, str])
    missing: list[str] = field(default_factory=list[str])


class _Switches:
    """What is on, what waits for its library, and how to switch off what is on."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.on: dict[str, Callable[[], None]] = {}
        self.wanted: dict[str, Instrumentation] = {}
        self.hooked: set[str] = set()
        self.failed: dict[str, str] = {}


_switches = _Switches()


class _NoLibrary(Exception):
    """An instrumentation is installed, the library is not."""


def switch_on(names: Iterable[str] | None) -> Outcome:
    """Switch on those named, or all that are installed; what is on and not wanted is switched off."""
    # The stable names of HTTP and database attributes; a choice of the user's stands.
    os.environ.setdefault(STABILITY, "http,database")
    here = installed()
    refining = [name for name, own in OWN.items() if own.refines and name in here]
    chosen = list(here) if names is None else list(dict.fromkeys([*names, *refining]))
    off = disabled()
    outcome = Outcome(missing=[name for name in chosen if name not in here])
    wanted = {name: here[name] for name in chosen if name in here and name not in off and "*" not in off}
    with _switches.lock:
        for name in [name for name in _switches.on if name not in wanted]:
            _switch_off(name)
        _switches.wanted = wanted
        _switches.failed = {}
        for instrumentation in list(wanted.values()):
            _await(instrumentation)
        outcome.failed = dict(_switches.failed)
        outcome.on = [name for name in wanted if name in _switches.on]
        outcome.waiting = [name for name in wanted if name not in _switches.on and name not in outcome.failed]
    return outcome


def switch_off() -> None:
    """Switch off all that is on; what waits will not be switched on."""
    with _switches.lock:
        _switches.wanted = {}
        for name in list(_switches.on):
            _switch_off(name)


def _await(instrumentation: Instrumentation) -> None:
    name = instrumentation.name
    if not instrumentation.libraries or _is_imported(instrumentation):
        _switch_on(name)
    if name not in _switches.on and name not in _switches.hooked:
        _switches.hooked.add(name)
        for library in instrumentation.libraries:
            if library not in sys.modules:
                register_post_import_hook(lambda _module: _switch_on(name), library)
        entry = instrumentation.entry_point
        if entry is not None and entry.module not in sys.modules:
            register_post_import_hook(lambda _module: _switch_on(name, entry_ended=True), entry.module)


def _is_imported(instrumentation: Instrumentation) -> bool:
    return any(library in sys.modules for library in instrumentation.libraries)


def _is_under_way(module: str) -> bool:
    spec = getattr(sys.modules.get(module), "__spec__", None)
    return bool(getattr(spec, "_initializing", False))


def _switch_on(name: str, *, entry_ended: bool = False) -> None:
    with _switches.lock:
        instrumentation = _switches.wanted.get(name)
        if instrumentation is None or name in _switches.on or name in _switches.failed:
            return
        if instrumentation.libraries and not _is_imported(instrumentation):
            return
        entry = instrumentation.entry_point
        # One that is imported first imports its library: this is called again when it has ended.
        if entry is not None and not entry_ended and _is_under_way(entry.module):
            return
        try:
            _switches.on[name] = _made_on(instrumentation)
        except _NoLibrary:
            del _switches.wanted[name]
        # A library's import must not fail because of what watches it, whatever that raises.
        except Exception as error:
            _switches.failed[name] = f"{type(error).__name__}: {error}"
            _log.warning("cannot instrument %s: %s", name, error, exc_info=_log.isEnabledFor(logging.DEBUG))


def _made_on(instrumentation: Instrumentation) -> Callable[[], None]:
    """Switch one on; returns what switches it off. Raises whatever the instrumentation raises."""
    if instrumentation.own:
        module: Any = importlib.import_module(own_module(instrumentation.own))
        module.switch_on()
        return module.switch_off
    assert instrumentation.entry_point is not None
    return _enter(instrumentation.entry_point)


def _enter(entry_point: EntryPoint) -> Callable[[], None]:
    from opentelemetry.instrumentation.dependencies import (
        DependencyConflictError,
        get_dist_dependency_conflicts,
    )

    conflict = get_dist_dependency_conflicts(entry_point.dist) if entry_point.dist else None
    if conflict:
        if not (conflict.found or conflict.found_any):
            raise _NoLibrary
        raise DependencyConflictError(conflict)
    instrumentor: Any = entry_point.load()()
    if instrumentor.is_instrumented_by_opentelemetry:
        # The program did it, with its own options; it stays as it is.
        return _nothing
    instrumentor.instrument(skip_dep_check=True)
    return instrumentor.uninstrument


def _nothing() -> None:
    """Switches off nothing."""


def _switch_off(name: str) -> None:
    try:
        _switches.on.pop(name)()
    # Libraries change under an instrumentation; the program goes on.
    except Exception as error:
        _log.warning("cannot switch off the instrumentation of %s: %s", name, error)
