"""The load generator: a process of its own, so that its work is not counted as the server's.

It builds every request first, prints `ready`, waits for a line on standard input, sends, and prints one line
of JSON (SendResult). Raw sockets and ready-made bytes keep it out of the way: the server shares its cores.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.payload import SPANS_A_REQUEST, SpanStream

NS_A_SECOND = 1_000_000_000


@dataclass
class SendResult:
    """What one run of the sender saw. Latencies are those of acknowledged requests, in ms."""

    acknowledged_spans: int = 0
    offered_spans: int = 0
    acknowledged: int = 0
    refused: int = 0
    refused_without_retry_after: int = 0
    other_statuses: list[int] = field(default_factory=list[int])
    connection_errors: int = 0
    seconds: float = 0.0
    payload_bytes: int = 0
    latency_p50_ms: float = 0.0
    latency_p99_ms: float = 0.0
    latency_max_ms: float = 0.0
    refusal_p99_ms: float = 0.0
    sample_trace_ids: list[str] = field(default_factory=list[str])


class Connection:
    """A keep-alive HTTP/1.1 connection that posts ready-made requests."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, request: bytes) -> tuple[int, float | None]:
        """Status and Retry-After (seconds, None where absent)."""
        self._socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError("cannot read an answer: the server closed the connection")
            received += chunk
        head, _, body = received.partition(b"\r\n\r\n")
        headers = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if b": " in line)
        missing = int(headers.get(b"content-length", b"0")) - len(body)
        while missing > 0:
            missing -= len(self._socket.recv(65536))
        retry_after = headers.get(b"retry-after")
        return int(head[9:12]), float(retry_after) if retry_after is not None else None

    def close(self) -> None:
        self._socket.close()


def http_request(payload: bytes, path: str = "/v1/traces") -> bytes:
    """The payload as a whole HTTP/1.1 request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\n"
        f"Content-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload


def send(
    port: int, requests: Sequence[bytes], connections: int, *, retry: bool, limit_s: float
) -> SendResult:
    """Sends every request over `connections` connections; a refused one is sent again when `retry`.

    Without `retry` the requests are offered round and round until `limit_s`, as fast as they are answered.
    """
    result = SendResult()
    latencies: list[float] = []
    refusals: list[float] = []
    lock = threading.Lock()
    upcoming = iter(range(len(requests)))
    deadline = time.monotonic() + limit_s

    def count(status: int, retry_after: float | None, elapsed_ms: float) -> None:
        with lock:
            result.offered_spans += SPANS_A_REQUEST
            if status == 200:
                result.acknowledged += 1
                latencies.append(elapsed_ms)
            elif status == 503:
                result.refused += 1
                result.refused_without_retry_after += retry_after is None
                refusals.append(elapsed_ms)
            else:
                result.other_statuses.append(status)

    def work() -> None:
        connection = Connection(port)
        while time.monotonic() < deadline:
            with lock:
                index = next(upcoming, None)
            if index is None:
                break
            while time.monotonic() < deadline:
                started = time.perf_counter()
                try:
                    status, retry_after = connection.post(requests[index])
                except OSError:
                    with lock:
                        result.connection_errors += 1
                    return
                count(status, retry_after, (time.perf_counter() - started) * 1e3)
                if status != 503 or not retry:
                    break
                time.sleep(min(retry_after or 0.05, 0.2))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - began
    result.acknowledged_spans = result.acknowledged * SPANS_A_REQUEST
    result.payload_bytes = sum(map(len, requests))
    result.latency_p50_ms = _quantile(latencies, 0.5)
    result.latency_p99_ms = _quantile(latencies, 0.99)
    result.latency_max_ms = max(latencies, default=0.0)
    result.refusal_p99_ms = _quantile(refusals, 0.99)
    return result


def _quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(q * len(values)))] if values else 0.0


def in_process(
    port: int,
    spans: int,
    *,
    seed: int,
    start_ns: int,
    period_s: float,
    connections: int = 4,
    retry: bool = True,
    limit_s: float = 300,
    on_ready: Callable[[], None] = lambda: None,
) -> SendResult:
    """Runs the sender as a process; `on_ready` is called when all is built, before the first byte is sent."""
    command = [sys.executable, "-m", "bench.sender", str(port), str(spans)]
    command += ["--seed", str(seed), "--start-ns", str(start_ns), "--period-s", str(period_s)]
    command += ["--connections", str(connections), "--limit-s", str(limit_s)]
    command += [] if retry else ["--no-retry"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"cannot start the load generator: {command}")
        on_ready()
        process.stdin.write("go\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
    return SendResult(**answer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("spans", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start-ns", type=int, required=True)
    parser.add_argument("--period-s", type=float, default=60)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--limit-s", type=float, default=300)
    parser.add_argument("--no-retry", action="store_true")
    options = parser.parse_args()

    stream = SpanStream(options.seed, options.spans, options.start_ns, int(options.period_s * NS_A_SECOND))
    count = -(-options.spans // SPANS_A_REQUEST)
    requests = [http_request(payload) for payload in stream.requests(count)]
    print("ready", flush=True)
    sys.stdin.readline()
    result = send(
        options.port, requests, options.connections, retry=not options.no_retry, limit_s=options.limit_s
    )
    result.sample_trace_ids = stream.sample_trace_ids[:1000]
    print(json.dumps(asdict(result)), flush=True)


if __name__ == "__main__":
    main()
