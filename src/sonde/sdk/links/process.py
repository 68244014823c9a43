"""The links of this process: made when first used, of the settings that `sonde.configure()` was given."""

from __future__ import annotations

import threading
from typing import Final

from sonde.records import TelemetryRecord
from sonde.sdk import configuration as configurations
from sonde.sdk.configuration import DEFAULTS, Configuration
from sonde.sdk.links.calls import AsyncLinks, Entities, Links, TelemetryLink

_lock: Final = threading.Lock()
_read: Configuration | None = None
_sync: Links | None = None
_async: AsyncLinks | None = None


def links() -> Links:
    """The process's `Links`; others when the settings have changed."""
    global _sync
    chosen = _settings()
    made = _sync
    if made is None or made.configuration is not chosen:
        with _lock:
            made = _sync = Links.of(chosen)
    return made


def async_links() -> AsyncLinks:
    """The process's `AsyncLinks`."""
    global _async
    chosen = _settings()
    made = _async
    if made is None or made.configuration is not chosen:
        with _lock:
            made = _async = AsyncLinks.of(chosen)
    return made


def store_telemetry(
    entity_type: str,
    entity_id: object,
    run_id: str | None = None,
    url: str | None = None,
    trace_id: str | None = None,
) -> bool:
    """Store that a run touched an entity; whether that is known to have worked. Never raises.

    The link is kept where `links.store` says, for 14 days; the last one counts. Without `run_id` it is the
    run that the caller is in. `url` is the run's page. Inside of a run `sonde.entity` links as well: this is
    for programs that read the link at once, or keep links in Redis.
    """
    return links().store_telemetry(entity_type, entity_id, run_id, url=url, trace_id=trace_id)


def store_telemetry_many(
    entities: Entities, run_id: str | None = None, url: str | None = None, trace_id: str | None = None
) -> bool:
    """The same for many entities at once: `{"payment": ["pym_1", "pym_2"], "invoice": "inv_1"}`, or pairs of
    a type and an id."""
    return links().store_telemetry_many(entities, run_id, url=url, trace_id=trace_id)


def get_telemetry(entity_type: str, entity_id: object) -> TelemetryRecord | None:
    """The run that touched an entity last; None where there is none, or the store is away. Never raises."""
    return links().get_telemetry(entity_type, entity_id)


def get_telemetry_with_url(entity_type: str, entity_id: object) -> TelemetryLink | None:
    """The same, with where the run can be looked at: `record, url = found`."""
    return links().get_telemetry_with_url(entity_type, entity_id)


def get_telemetry_many(entities: Entities) -> dict[tuple[str, str], TelemetryLink | None]:
    """The links of many entities by type and id, those that were read in time; an exchange with the store for
    each thousand."""
    return links().get_telemetry_many(entities)


def _settings() -> Configuration:
    global _read
    chosen = configurations.current()
    if chosen is not DEFAULTS:
        return chosen
    # Links work without `configure()`, by the environment alone.
    with _lock:
        if _read is None:
            _read, _ = configurations.read({})
        return _read
