"""uvicorn: what the last requests left is sent before the server ends.

It stops by the signal that asked it to, with the handlers that were there before it began: where the
application itself calls `sonde.configure()`, no exit handler of Python's would run.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.server import Server

from sonde.sdk.instrument.patch import Function, Patch


def switch_on() -> None:
    """Flush when a server has answered its last request."""
    _server.on()


def switch_off() -> None:
    """Leave servers alone."""
    _server.off()


def _flushed_after(original: Function) -> Function:
    async def shutdown(server: Server, *args: Any, **kwargs: Any) -> None:
        from sonde.sdk.configuration import current
        from sonde.sdk.configure import flush

        await original(server, *args, **kwargs)
        await asyncio.to_thread(flush, current().export_exit_timeout_s)

    return shutdown


_server = Patch(Server, "shutdown", _flushed_after)
