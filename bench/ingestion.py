"""What it costs to take spans in: rate, CPU, memory, disk, and the time to start."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.payload import SPANS_A_REQUEST, SpanStream
from bench.profile import thread_names
from bench.sender import NS_A_SECOND, SendResult, in_process
from bench.server_process import SondeServer, free_port, thread_cpu_s, usage


@dataclass
class Chunk:
    """One measured load. Seconds run from the first byte sent until all of it is queryable."""

    spans: int
    seconds: float
    cpu_s: float
    sent: SendResult

    @property
    def spans_a_second(self) -> float:
        return self.spans / self.seconds

    @property
    def spans_a_cpu_second(self) -> float:
        return self.spans / max(self.cpu_s, 1e-9)


@dataclass
class Ingested:
    """All chunks, and the server after them."""

    chunks: list[Chunk] = field(default_factory=list[Chunk])
    peak_bytes: int = 0
    idle_bytes: int = 0
    settle_cpu_s: float = 0.0
    threads: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    @property
    def spans(self) -> int:
        return sum(chunk.spans for chunk in self.chunks)

    @property
    def spans_a_second(self) -> float:
        return statistics.median(chunk.spans_a_second for chunk in self.chunks)

    @property
    def spans_a_cpu_second(self) -> float:
        """Over the whole run, with the merges that went on after it."""
        return self.spans / (sum(chunk.cpu_s for chunk in self.chunks) + self.settle_cpu_s)

    @property
    def sample_trace_ids(self) -> list[str]:
        return [trace_id for chunk in self.chunks for trace_id in chunk.sent.sample_trace_ids]


def start_to_first_accepted_s(server: SondeServer) -> float:
    """Starts the server and offers it one request until it is taken. Seconds from spawn to the answer."""
    payload = next(SpanStream(99, SPANS_A_REQUEST, time.time_ns(), NS_A_SECOND).requests(1))
    began = time.perf_counter()
    server.start(wait=False)
    with httpx.Client(timeout=30) as client:
        while time.perf_counter() - began < 60:
            try:
                answer = client.post(
                    f"{server.url}/v1/traces",
                    content=payload,
                    headers={"content-type": "application/x-protobuf"},
                )
                if answer.status_code == 200:
                    return time.perf_counter() - began
            except httpx.TransportError:
                if server.exit_code is not None:
                    raise RuntimeError(f"the server left:\n{server.log_tail()}") from None
            time.sleep(0.005)
    raise RuntimeError(f"no request was accepted within a minute:\n{server.log_tail()}")


def bare_baseline(spans: int) -> SendResult:
    """The same load on a server that only reads and answers."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "bench.bare_server", str(port)]) as process:
        try:
            for _ in range(200):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/")
                    break
                except httpx.TransportError:
                    time.sleep(0.02)
            return in_process(port, spans, seed=1, start_ns=time.time_ns(), period_s=60)
        finally:
            process.kill()


def ingest(server: SondeServer, spans: int, chunks: int, *, period_s: float) -> Ingested:
    """Sends `spans` in `chunks` loads; their timestamps cover the last `period_s` seconds, in order."""
    run = Ingested()
    begin_ns = time.time_ns() - int(period_s * NS_A_SECOND)
    threads_before = thread_cpu_s(server.pid)
    for number in range(chunks):
        run.chunks.append(
            measured_load(
                server,
                spans // chunks,
                seed=1000 + number,
                start_ns=begin_ns + number * int(period_s / chunks * NS_A_SECOND),
                period_s=period_s / chunks,
            )
        )
    before_s = server.usage().cpu_s
    wait_until_idle(server.pid)
    run.settle_cpu_s = server.usage().cpu_s - before_s
    run.threads = _cpu_by_thread_name(server.pid, threads_before)
    run.peak_bytes = server.usage().peak_bytes
    run.idle_bytes = server.usage().resident_bytes
    return run


def _cpu_by_thread_name(pid: int, before: dict[int, tuple[str, float]]) -> list[tuple[str, float]]:
    """CPU seconds since `before`, most first; a pool of threads with one name counts as one."""
    named = thread_names(pid)
    used: dict[str, float] = {}
    for thread_id, (name, cpu_s) in thread_cpu_s(pid).items():
        since_s = cpu_s - before.get(thread_id, ("", 0.0))[1]
        name = named.get(thread_id) or name
        used[name] = used.get(name, 0.0) + since_s
    return sorted(used.items(), key=lambda row: -row[1])


def measured_load(server: SondeServer, spans: int, *, seed: int, start_ns: int, period_s: float) -> Chunk:
    """One load, from the first byte until a flush says that everything is queryable."""
    began = [0.0, 0.0]

    def on_ready() -> None:
        began[:] = [time.perf_counter(), server.usage().cpu_s]

    sent = in_process(
        server.http_port, spans, seed=seed, start_ns=start_ns, period_s=period_s, on_ready=on_ready
    )
    server.flush()
    seconds = time.perf_counter() - began[0]
    return Chunk(sent.acknowledged_spans, seconds, server.usage().cpu_s - began[1], sent)


def wait_until_idle(pid: int, limit_s: float = 30) -> None:
    """Returns when the process used under 10 % of a core for two seconds: its merges are done."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        before_s = usage(pid).cpu_s
        time.sleep(2)
        if usage(pid).cpu_s - before_s < 0.2:
            return


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder; a file that goes meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file() and not path.is_symlink():
                total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total
