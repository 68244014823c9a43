"""Kombu on Redis: the broker's own commands are no spans.

A worker asks and acknowledges all the time, outside of any task; what matters, a task sent and run, has
spans of its own. Other clients of Redis, the result store of Celery among them, are seen as ever.
"""

from __future__ import annotations

from typing import Any

from kombu.transport.redis import Channel
from opentelemetry.instrumentation.utils import suppress_instrumentation

from sonde.sdk.instrument.patch import Function, Patch


def switch_on() -> None:
    """Keep quiet about clients that channels make from now on."""
    _clients.on()


def switch_off() -> None:
    """Leave clients to come alone."""
    _clients.off()


def _quiet(call: Function) -> Function:
    def quietly(*args: Any, **kwargs: Any) -> Any:
        with suppress_instrumentation():
            return call(*args, **kwargs)

    return quietly


def _quiet_client(original: Function) -> Function:
    def create_client(channel: Channel, *args: Any, **kwargs: Any) -> Any:
        client = original(channel, *args, **kwargs)
        make_pipeline: Function = client.pipeline

        def pipeline(*args: Any, **kwargs: Any) -> Any:
            made = make_pipeline(*args, **kwargs)
            made.execute = _quiet(made.execute)
            made.immediate_execute_command = _quiet(made.immediate_execute_command)
            return made

        client.execute_command = _quiet(client.execute_command)
        client.pipeline = pipeline
        return client

    return create_client


_clients = Patch(Channel, "_create_client", _quiet_client)
