"""Starts Redis, the services, the worker and shoppers, and stops all of it with Ctrl-C.

python examples/shop/run.py [--seconds N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import database

HERE = Path(__file__).resolve().parent
SERVICES = ("catalog", "payments", "orders", "storefront")
UP_WITHIN_S = 60

stop = threading.Event()


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs a coffee shop.")
    parser.add_argument("--seconds", type=float, default=None, help="end by itself after so long")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
    with ExitStack() as stack:
        try:
            storefront = open_shop(stack)
        except RuntimeError as error:
            print("" if stop.is_set() else error, file=sys.stderr)
            return 0 if stop.is_set() else 1
        print(f"The shop is open: {storefront}. Ctrl-C closes it.", flush=True)
        stop.wait(options.seconds)
    print("Closed.")
    return 0


def ask_to_stop(number: int, frame: FrameType | None) -> None:
    stop.set()


def open_shop(stack: ExitStack) -> str:
    """Start everything, to be ended with `stack`; where the storefront is. RuntimeError says why not."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-")))
    os.environ["SHOP_DATA"] = str(folder)
    database.create()
    if "REDIS_URL" not in os.environ:
        port = free_port()
        stack.enter_context(process("redis", *redis(port), folder=folder))
        wait_for(folder / "redis.log", port)
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"

    ports = {name: free_port() for name in SERVICES}
    for name, port in ports.items():
        os.environ[f"{name.upper()}_URL"] = f"http://127.0.0.1:{port}"
    for name, port in ports.items():
        stack.enter_context(process(name, *service(name, port), folder=folder))
    stack.enter_context(process("worker", sys.executable, "worker.py", folder=folder))
    for name, port in ports.items():
        wait_for(folder / f"{name}.log", port)
    storefront = os.environ["STOREFRONT_URL"]
    shoppers = [sys.executable, "shoppers.py", "--storefront", storefront]
    stack.enter_context(process("shoppers", *shoppers, folder=folder))
    return storefront


def service(name: str, port: int) -> list[str]:
    return [sys.executable, "-m", "uvicorn", f"{name}:app", "--port", str(port), "--log-level", "warning"]


def redis(port: int) -> list[str]:
    """A Redis of the shop's own, that keeps nothing."""
    found = shutil.which("redis-server")
    if found is None:
        print(
            "redis-server is not installed; a stand-in in Python takes its place. The real one:"
            " apt-get install redis-server, brew install redis, or name one by REDIS_URL.",
            flush=True,
        )
        return [sys.executable, "stand_in.py", "--port", str(port)]
    return [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"]


@contextmanager
def process(name: str, *command: str, folder: Path) -> Iterator[None]:
    """A process until the block ends; asked to stop, so that it sends what it has."""
    with (folder / f"{name}.log").open("wb") as log:
        # In a session of its own: Ctrl-C is for this program alone.
        started = subprocess.Popen(command, cwd=HERE, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_for(log: Path, port: int) -> None:
    """Until somebody listens on the port."""
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline and not stop.is_set():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        stop.wait(0.1)
    raise RuntimeError(f"{log.stem} is not up. Its log:\n{log.read_text(errors='replace')}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
