"""Links from business objects to the runs that processed them: stored and read, never in the way."""

from sonde.sdk.links.calls import AsyncLinks, Links, TelemetryLink
from sonde.sdk.links.process import (
    async_links,
    get_telemetry,
    get_telemetry_many,
    get_telemetry_with_url,
    links,
    store_telemetry,
    store_telemetry_many,
)

__all__ = [
    "AsyncLinks",
    "Links",
    "TelemetryLink",
    "async_links",
    "get_telemetry",
    "get_telemetry_many",
    "get_telemetry_with_url",
    "links",
    "store_telemetry",
    "store_telemetry_many",
]
