"""Starts the stand-in of a model and the chat, builds the chat's page, and stops everything with Ctrl-C.

python examples/chat/run.py [--port 8080] [--folder .demo/chat] [--seconds N] [--visitor PAUSE]
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

HERE = Path(__file__).resolve().parent
BUNDLED = ("page.js", "telemetry.js", "package.json", "package-lock.json")
SERVED = ("index.html", "page.css")
UP_WITHIN_S = 30

stop = threading.Event()


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs a chat with a stand-in of a model.")
    parser.add_argument("--port", type=int, default=8080, help="of the chat; any free one if it is taken")
    parser.add_argument("--folder", type=Path, default=Path(".demo/chat"), help="where page and data go")
    parser.add_argument("--seconds", type=float, default=None, help="end by itself after so long")
    parser.add_argument("--visitor", type=float, help="somebody asks, with so many seconds between questions")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)

    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    model, chat = free_port(), free_port(options.port)
    address = f"http://127.0.0.1:{chat}"
    env = {"MODEL_URL": f"http://127.0.0.1:{model}", "CHAT_DATA": str(folder)}
    with ExitStack() as stack:
        try:
            for name, port in (("model", model), ("app", chat)):
                arguments = ["--port", str(port)]
                stack.enter_context(process(name, *arguments, log=folder / f"{name}.log", env=env, port=port))
        except TimeoutError as error:
            print(error, file=sys.stderr)
            return 1
        if options.visitor is not None:
            arguments = ["--chat", address, "--pause", str(options.visitor)]
            stack.enter_context(process("visitor", *arguments, log=folder / "visitor.log", env=env))
        # What the server does can be seen already: a first installation of the page's packages takes a while.
        print("Building the page ...", flush=True)
        if not build(folder / "page"):
            return 0 if stop.is_set() else 1
        print(f"Open {address} and ask something. Ctrl-C stops.", flush=True)
        stop.wait(options.seconds)
    print("Stopped.")
    return 0


def ask_to_stop(number: int, frame: FrameType | None) -> None:
    stop.set()


def build(folder: Path) -> bool:
    """The page with its packages, of the versions in the lock file; says why where that fails."""
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not installed: the page cannot be built", file=sys.stderr)
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for name in BUNDLED:
        shutil.copy(HERE / "page" / name, folder)
    installed, wanted = folder / "node_modules" / ".wanted", (folder / "package-lock.json").read_text()
    steps = [[npm, "run", "build"]]
    if not installed.is_file() or installed.read_text() != wanted:
        steps.insert(0, [npm, "ci", "--no-audit", "--no-fund", "--prefer-offline"])
    for step in steps:
        done = subprocess.run(step, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            return False
    installed.write_text(wanted)
    for name in SERVED:
        shutil.copy(HERE / "page" / name, folder / "built")
    return True


@contextmanager
def process(name: str, *arguments: str, log: Path, env: dict[str, str], port: int = 0) -> Iterator[None]:
    """`<name>.py` until the block ends; TimeoutError if its port, where it has one, does not come up."""
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
    with log.open("wb") as output:
        started = subprocess.Popen(
            command, env={**os.environ, **env}, stdout=output, stderr=output, start_new_session=True
        )
    try:
        if port:
            wait_until_up(name, started, port, log)
        yield
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_until_up(name: str, started: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(UP_WITHIN_S * 10):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if started.poll() is not None or stop.wait(0.1):
            raise TimeoutError(f"{name} did not start. Its log:\n{log.read_text(errors='replace')}")
    raise TimeoutError(f"{name} is not up after {UP_WITHIN_S} s. Its log: {log}")


def free_port(wanted: int = 0) -> int:
    """The wanted port where it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("cannot find a free port on 127.0.0.1")


if __name__ == "__main__":
    sys.exit(main())
