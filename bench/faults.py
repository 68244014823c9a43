"""What overload and `kill -9` do: how many are refused, how, and whether anything acknowledged is missing."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from bench.ingestion import folder_bytes, start_to_first_accepted_s
from bench.payload import SPANS_A_REQUEST
from bench.sender import NS_A_SECOND, SendResult, in_process
from bench.server_process import SondeServer


@dataclass(frozen=True)
class Overload:
    """A load far over what the store takes, for some seconds, against a small journal."""

    sent: SendResult
    stored_spans: int
    peak_bytes: int
    drain_s: float

    @property
    def lost_spans(self) -> int:
        return max(0, self.sent.acknowledged_spans - self.stored_spans)

    @property
    def offered_to_stored(self) -> float:
        return self.sent.offered_spans / max(1, self.stored_spans)


@dataclass(frozen=True)
class Restart:
    """A server killed in the middle of a load and started again."""

    acknowledged_spans: int
    journal_bytes: int
    first_accepted_s: float
    all_queryable_s: float
    stored_spans: int

    @property
    def lost_spans(self) -> int:
        return max(0, self.acknowledged_spans - self.stored_spans)


def stored_spans(server: SondeServer, since_ns: int) -> int:
    """Spans the API counts from `since_ns` on."""
    return int(server.get("/api/v1/counts", signal="spans", since=since_ns, step="1h")["total"])


def overload(folder: Path, *, seconds: float, connections: int) -> Overload:
    """Offers requests over `connections` connections, never waiting after a refusal."""
    server = SondeServer(folder / "overload", journal_max_mb=16)
    try:
        server.start()
        begin_ns = time.time_ns() - 60 * NS_A_SECOND
        sent = in_process(
            server.http_port,
            # More than can be stored in the time, so that no request is offered twice.
            int(seconds * 200_000),
            seed=5,
            start_ns=begin_ns,
            period_s=30,
            connections=connections,
            retry=False,
            limit_s=seconds,
        )
        began = time.perf_counter()
        server.flush()
        drain_s = time.perf_counter() - began
        return Overload(
            sent, stored_spans(server, begin_ns - NS_A_SECOND), server.usage().peak_bytes, drain_s
        )
    finally:
        server.close()


def restart_with_journal(folder: Path, *, spans: int) -> Restart:
    """Kills the server in the middle of a load; then measures the start that finds the journal."""
    server = SondeServer(folder / "restart")
    try:
        server.start()
        begin_ns = time.time_ns() - 60 * NS_A_SECOND
        killed = threading.Event()

        def kill_soon() -> None:
            # Two seconds of load: segments closed, one open, an insert under way.
            time.sleep(2)
            server.kill()
            killed.set()

        killer = threading.Thread(target=kill_soon)
        sent = in_process(
            server.http_port, spans, seed=6, start_ns=begin_ns, period_s=30, on_ready=killer.start
        )
        killer.join()
        if not killed.is_set() or sent.connection_errors == 0:
            raise RuntimeError("cannot measure a restart: the load ended before the kill; give it more spans")
        journal_bytes = folder_bytes(server.data_dir / "journal")
        began = time.perf_counter()
        first_accepted_s = start_to_first_accepted_s(server)
        server.flush()
        all_queryable_s = time.perf_counter() - began
        # The request that proves the start adds spans of its own.
        stored = stored_spans(server, begin_ns - NS_A_SECOND) - SPANS_A_REQUEST
        return Restart(sent.acknowledged_spans, journal_bytes, first_accepted_s, all_queryable_s, stored)
    finally:
        server.close()
