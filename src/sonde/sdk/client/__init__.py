"""`sonde.Client` and `sonde.AsyncClient`: telemetry as typed records, to a Sonde server and from it."""

from __future__ import annotations

from sonde.sdk.client.asynchronous import AsyncClient
from sonde.sdk.client.calls import Page
from sonde.sdk.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "Page"]
