"""Sonde: the telemetry system you can pip install.

`import sonde` is the SDK. Names are loaded when they are first used, so that importing costs nothing.

PYTEST_DONT_REWRITE: `sonde run pytest` has imported this module before pytest would rewrite its assertions.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sonde.sdk.ai import ai_call as ai_call
    from sonde.sdk.ai import conversation as conversation
    from sonde.sdk.client import AsyncClient as AsyncClient
    from sonde.sdk.client import Client as Client
    from sonde.sdk.configure import configure as configure
    from sonde.sdk.configure import flush as flush
    from sonde.sdk.configure import shutdown as shutdown
    from sonde.sdk.context import correlation as correlation
    from sonde.sdk.context import extract as extract
    from sonde.sdk.context import inject as inject
    from sonde.sdk.events import event as event
    from sonde.sdk.imperative import emit_event as emit_event
    from sonde.sdk.imperative import end_span as end_span
    from sonde.sdk.imperative import start_span as start_span
    from sonde.sdk.instrument.socketio import instrument_socketio as instrument_socketio
    from sonde.sdk.links import AsyncLinks as AsyncLinks
    from sonde.sdk.links import Links as Links
    from sonde.sdk.links import async_links as async_links
    from sonde.sdk.links import get_telemetry as get_telemetry
    from sonde.sdk.links import get_telemetry_many as get_telemetry_many
    from sonde.sdk.links import get_telemetry_with_url as get_telemetry_with_url
    from sonde.sdk.links import links as links
    from sonde.sdk.links import store_telemetry as store_telemetry
    from sonde.sdk.links import store_telemetry_many as store_telemetry_many
    from sonde.sdk.orchestrations import orchestration as orchestration
    from sonde.sdk.pipelines import pipeline as pipeline
    from sonde.sdk.runs import entities as entities
    from sonde.sdk.runs import entity as entity
    from sonde.sdk.runs import run as run
    from sonde.sdk.sampling import force_sample as force_sample
    from sonde.sdk.sink import record as record
    from sonde.sdk.spans import current_span as current_span
    from sonde.sdk.spans import span as span
    from sonde.sdk.spans import traced as traced
    from sonde.sdk.stats import stats as stats
    from sonde.sdk.trace_context import TraceContext as TraceContext
    from sonde.sdk.violations import violation as violation

__version__ = "0.1.0"

_HOMES = {
    "AsyncClient": "client",
    "AsyncLinks": "links",
    "Client": "client",
    "Links": "links",
    "TraceContext": "trace_context",
    "ai_call": "ai",
    "async_links": "links",
    "configure": "configure",
    "conversation": "ai",
    "correlation": "context",
    "current_span": "spans",
    "emit_event": "imperative",
    "end_span": "imperative",
    "entities": "runs",
    "entity": "runs",
    "event": "events",
    "extract": "context",
    "flush": "configure",
    "force_sample": "sampling",
    "get_telemetry": "links",
    "get_telemetry_many": "links",
    "get_telemetry_with_url": "links",
    "inject": "context",
    "instrument_socketio": "instrument.socketio",
    "links": "links",
    "orchestration": "orchestrations",
    "pipeline": "pipelines",
    "record": "sink",
    "run": "runs",
    "shutdown": "configure",
    "span": "spans",
    "start_span": "imperative",
    "stats": "stats",
    "store_telemetry": "links",
    "store_telemetry_many": "links",
    "traced": "spans",
    "violation": "violations",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sonde' has no attribute {name!r}")
    from sonde.sdk.forking import undivided

    # A child that is forked while another thread imports the module could never import it.
    with undivided():
        value = getattr(importlib.import_module(f"sonde.sdk.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
