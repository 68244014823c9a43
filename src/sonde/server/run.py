"""Run a server until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

import uvloop

from sonde import __version__
from sonde.server.allocator import return_large_blocks
from sonde.server.lifespan import Running, running
from sonde.settings import Settings

# A supervisor commonly kills after ten seconds; what was accepted is on disk in any case.
STOP_AT_THE_LATEST_S = 9.5

log = logging.getLogger("sonde.server")


def serve(settings: Settings, *, ready: Callable[[Running], None] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. `ready` is called once requests are taken, and by
    default says on standard output where.

    Raises SondeError when the server cannot start: another process holds the data directory or a
    port, the store was written by a newer version, a key is needed.
    """
    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    return_large_blocks()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(settings, ready or say_where))


def say_where(server: Running) -> None:
    """Say on standard output where the server is."""
    sys.stdout.write(
        f"Sonde {__version__}\n"
        f"  web page, API  {server.url}\n"
        f"  OTLP/HTTP      {server.url}/v1/traces, /v1/logs, /v1/metrics\n"
        f"  OTLP/gRPC      {server.grpc_address}\n"
        f"  data           {server.data_dir}\n"
    )
    sys.stdout.flush()


async def _serve(settings: Settings, ready: Callable[[Running], None]) -> int:
    signals = _Signals(asyncio.get_running_loop())
    async with running(settings) as server:
        ready(server)
        stopping = asyncio.create_task(signals.told.wait())
        await asyncio.wait((stopping, server.failed), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
    if server.failed.done():
        raise server.failed.result()
    return 0


class _Signals:
    """SIGTERM and SIGINT stop the server in order. A second Ctrl-C ends the process at once, as all that was
    accepted is on disk."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.told = asyncio.Event()
        self._interrupted = False
        loop.add_signal_handler(signal.SIGTERM, self._stop)
        loop.add_signal_handler(signal.SIGINT, self._interrupt)

    def _interrupt(self) -> None:
        if self._interrupted:
            os._exit(130)
        self._interrupted = True
        self._stop()

    def _stop(self) -> None:
        if not self.told.is_set():
            self.told.set()
            watchdog = threading.Timer(STOP_AT_THE_LATEST_S, _give_up)
            watchdog.daemon = True
            watchdog.start()


def _give_up() -> None:
    log.warning("stopping took too long; what the store has not taken yet waits in the journal")
    os._exit(0)
