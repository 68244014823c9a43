"""Starts Redis, a webhook receiver and Celery workers, and bills month after month.

python examples/billing/run.py [--once | --seconds N] [--pause N]
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
MONTH_WITHIN_S = 60


def main() -> int:
    parser = argparse.ArgumentParser(description="Bills month after month with Celery.")
    parser.add_argument("--once", action="store_true", help="one month, then end")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="go on for so long")
    parser.add_argument("--pause", type=float, default=2, help="seconds between two months")
    options = parser.parse_args()

    end = time.monotonic() + options.seconds
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="billing-")))
        os.environ["BILLING_DATA"] = str(folder)
        if "REDIS_URL" not in os.environ:
            if shutil.which("redis-server") is None:
                print("redis-server is not installed; name a Redis by REDIS_URL", file=sys.stderr)
                return 1
            os.environ["REDIS_URL"] = stack.enter_context(redis(folder))
        os.environ["BILLING_RECEIVER"] = stack.enter_context(receiver(folder))
        log = folder / "worker.log"
        stack.enter_context(process(*worker(), log=log, cwd=HERE))
        try:
            for month in range(1, 10_000):
                done = bill(f"{2026 + (month - 1) // 12}_{(month - 1) % 12 + 1:02}")
                if not done and log.stat().st_size:
                    print(f"What the workers said:\n{log.read_text(errors='replace')}", file=sys.stderr)
                if options.once or time.monotonic() > end:
                    return 0 if done else 1
                time.sleep(options.pause)
        except KeyboardInterrupt:
            print("Stopped.")
    return 0


def bill(period: str) -> bool:
    """One billing run from its start to its last delivery; False if it takes too long."""
    import ledger
    from tasks import billing_run

    due = len(ledger.open_period(period))
    run_id = f"run_{secrets.token_hex(6)}"
    print(f"Billing {period}: {run_id}", flush=True)
    billing_run.delay(run_id, period)
    deadline = time.monotonic() + MONTH_WITHIN_S
    while time.monotonic() < deadline:
        states = ledger.summary(period)
        settled = states.get("payment paid", 0) + states.get("payment declined", 0)
        if settled == due and not any(state.endswith(" due") for state in states):
            print("  " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())), flush=True)
            return True
        time.sleep(0.5)
    print(f"{period} was not done within {MONTH_WITHIN_S} s: {ledger.summary(period)}", file=sys.stderr)
    return False


def worker() -> list[str]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "error"]
    return [sys.executable, "-m", "celery", "--app", "app", "--quiet", "worker", "--concurrency", "2", *quiet]


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis of this program's own, that keeps nothing; its address."""
    port = free_port()
    command = [
        "redis-server",
        "--port",
        str(port),
        "--save",
        "",
        "--dir",
        str(folder),
        "--loglevel",
        "warning",
    ]
    with process(*command, "--bind", "127.0.0.1", log=folder / "redis.log"):
        wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def receiver(folder: Path) -> Iterator[str]:
    """The customer's system; its address."""
    port = free_port()
    with process(sys.executable, str(HERE / "receiver.py"), "--port", str(port), log=folder / "receiver.log"):
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def process(*command: str, log: Path, cwd: Path | None = None) -> Iterator[None]:
    """A process until the block ends; asked to stop, so that it sends what it has."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_for_port(port: int) -> None:
    """Until somebody listens; RuntimeError after 15 seconds."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
