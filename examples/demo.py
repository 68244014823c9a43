"""Starts Sonde and the examples, prints what to look at, and stops all of it with Ctrl-C.

python examples/demo.py [shop signin_pipeline ...] [--folder .demo]
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from processes import Processes, free_port

HERE = Path(__file__).resolve().parent
SONDE = Path(sys.executable).with_name("sonde")
UP_WITHIN_S = 120
RECORDED_WITHIN_S = 30
PORTS_TRIED = 3

stop = threading.Event()


@dataclass(frozen=True)
class Example:
    """A folder with a `run.py`, what to type to see it, and the program that it needs, if any."""

    name: str
    about: str
    commands: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    needs: str | None = None
    packages: str = ""
    has_stand_in: bool = False


REDIS = "apt-get install redis-server, brew install redis"

EXAMPLES = (
    Example(
        "shop",
        "a coffee shop: four FastAPI services and a worker, on Redis and SQLite",
        (
            "query 'service:storefront duration:>200ms'",
            "metrics shop.order.value --time-range 15m",
            "sampling",
        ),
        # As in production: a share of the traces, and those that matter.
        settings=(
            ("SONDE_SAMPLING_RATIO", "0.5"),
            ("SONDE_SAMPLING_KEEP_SLOW_MS", "400"),
            ("SONDE_SAMPLING_ALWAYS", "POST /checkout"),
        ),
        needs="redis-server",
        packages=REDIS,
        has_stand_in=True,
    ),
    Example(
        "signin_pipeline",
        "people sign in through layers of Lua scripts",
        ("pipelines --trigger before_signin",),
    ),
    Example(
        "orchestrator",
        "an orchestrator, its sync daemon and a verifier of both",
        ("orchestrations",),
        arguments=("--pause", "15", "--inconsistent-every", "3"),
    ),
    Example(
        "billing",
        "monthly billing runs on Celery: charges, invoices, webhooks, retries",
        ("entities show payment pym_2026_01_2",),
        arguments=("--pause", "20"),
        needs="redis-server",
        packages=REDIS,
    ),
    Example(
        "support_tool",
        "an internal tool: from payments, invoices and webhooks to their billing runs",
        ("link get payment pym_2026_01_1",),
        arguments=("--port", "0"),
        needs="redis-server",
        packages=REDIS,
    ),
    Example(
        "chat",
        "a chat from the browser to the database, with a stand-in of a model",
        ("ai --by model", "ai sessions"),
        # What is said to the stand-in of a model is no secret.
        settings=(("SONDE_AI_CONTENT", "true"),),
        arguments=("--folder", "{folder}/chat", "--visitor", "20"),
        needs="npm",
        packages="apt-get install npm, brew install node",
    ),
)


def main() -> int:
    names = [example.name for example in EXAMPLES]
    parser = argparse.ArgumentParser(description="Starts Sonde and the examples.")
    parser.add_argument("examples", nargs="*", metavar="NAME", help=f"of {', '.join(names)}; default: all")
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="where data and logs go")
    options = parser.parse_args()
    if unknown := set(options.examples) - set(names):
        parser.error(f"no example is called {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    chosen = [each for each in EXAMPLES if not options.examples or each.name in options.examples]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)

    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"The demo runs already, on {folder}. Stop that one first.", file=sys.stderr)
            return 1
        return run(folder, chosen)


def run(folder: Path, chosen: Sequence[Example]) -> int:
    """The demo from its start to Ctrl-C; the exit code."""
    processes = Processes(folder / "logs")
    try:
        print("Starting Sonde ...", flush=True)
        server = start_server(processes, folder / "data")
        if server is None:
            return explain_failure(processes, "server")
        print("Starting the examples ...", flush=True)
        started = start(processes, chosen, server, folder)
        wait_until_recorded(server)
        if not stop.is_set():
            say_what_to_do(started, server, folder)
            watch(processes, server)
        print("\nStopping the examples, then Sonde ...", flush=True)
    finally:
        processes.stop([each.name for each in chosen])
        processes.stop(["server"])
    print(f"Stopped. What was received stays in {server.data}; to look at it again:\n  {server.typed()}")
    return 0


def ask_to_stop(number: int, frame: FrameType | None) -> None:
    stop.set()


class Server:
    """Where the demo's Sonde listens: the usual ports where they are free, else others."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.http_port, self.grpc_port = free_port(4318), free_port(4317)
        for wanted, got in ((4318, self.http_port), (4317, self.grpc_port)):
            if wanted != got:
                print(f"Port {wanted} is taken; using {got} instead.", flush=True)
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.command = [
            *(str(SONDE), "serve", "--data-dir", str(data)),
            *("--http-port", str(self.http_port), "--grpc-port", str(self.grpc_port)),
        ]

    def typed(self) -> str:
        """The command as one would type it."""
        return shlex.join([os.path.relpath(SONDE), *self.command[1:]])

    def ask(self, path: str, **parameters: object) -> dict[str, list[dict[str, str]]]:
        """What the API answers; nothing where it does not."""
        try:
            query = urllib.parse.urlencode(parameters)
            with urllib.request.urlopen(f"{self.url}{path}?{query}", timeout=5) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError):
            return {}


def start_server(processes: Processes, data: Path) -> Server | None:
    """The server once it answers; None if it does not start."""
    for _ in range(PORTS_TRIED):
        server = Server(data)
        processes.start("server", server.command)
        if processes.wait_until_answers("server", f"{server.url}/readyz", within_s=UP_WITHIN_S):
            return server
        # Somebody else may have taken a port that was free a moment ago.
        if "cannot listen" not in processes.log("server").read_text(errors="replace"):
            break
    return None


def start(processes: Processes, chosen: Sequence[Example], server: Server, folder: Path) -> list[Example]:
    """Starts the examples that have what they need, or a stand-in for it; those."""
    own = ("SONDE_", "OTEL_")
    for name in [name for name in os.environ if name.startswith(own)]:
        del os.environ[name]
    started: list[Example] = []
    for example in chosen:
        if example.needs and shutil.which(example.needs) is None:
            what = "runs on a stand-in of" if example.has_stand_in else "is left out: it needs"
            print(f"{example.name} {what} {example.needs} ({example.packages}).", flush=True)
            if not example.has_stand_in:
                continue
        arguments = [each.format(folder=folder) for each in example.arguments]
        command = [sys.executable, "-u", str(HERE / example.name / "run.py"), *arguments]
        processes.start(example.name, command, {"SONDE_URL": server.url, **dict(example.settings)})
        started.append(example)
    return started


def wait_until_recorded(server: Server) -> None:
    """Until there is something to look at."""
    deadline = time.monotonic() + RECORDED_WITHIN_S
    while time.monotonic() < deadline and not stop.wait(0.3):
        if server.ask("/api/v1/spans", limit=1).get("spans"):
            break


def say_what_to_do(started: Sequence[Example], server: Server, folder: Path) -> None:
    sonde = os.path.relpath(SONDE)
    lines = [
        "",
        f"  open   {server.url}",
        "",
        f"  type   export SONDE_URL={server.url}",
        f"         {sonde} services",
        f"         {sonde} query --type logs --level '>=warn'",
        f"         {sonde} tail is:root",
        "",
        "Sonde records these, each a folder of examples/ with a README:",
        "",
    ]
    for example in started:
        lines.append(f"  {example.name:16} {example.about}")
        commands = [command.format(here=os.path.relpath(HERE)) for command in example.commands]
        lines += [f"  {'':16} {sonde} {command}" for command in commands]
    lines += ["", f"  logs of each process: {folder / 'logs'}", "  Ctrl-C stops everything.", ""]
    print("\n".join(lines), flush=True)


def watch(processes: Processes, server: Server) -> None:
    """Until told to stop: names what is worth a look, and says what ended that should not have."""
    trace_shown = chat_shown = tool_shown = lost_shown = False
    while not stop.wait(1):
        for name, code in processes.ended().items():
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            print(f"{name} {how}; its log: {processes.log(name)}", flush=True)
            if name == "server":
                print(
                    "What it acknowledged is on disk. The examples go on; start Sonde again, "
                    "in another terminal, with\n"
                    f"  {server.typed()}",
                    flush=True,
                )
        if not trace_shown and (
            found := server.ask("/api/v1/spans", q="service:payments status:error", limit=1).get("spans")
        ):
            trace_shown = True
            trace_id = found[0]["traceId"]
            print(
                "A checkout whose card was declined:\n"
                f"  {os.path.relpath(SONDE)} trace {trace_id} --logs\n"
                f"  {server.url}/#/traces/{trace_id}\n",
                flush=True,
            )
        if not lost_shown and (lost := lost_in(processes)):
            lost_shown = True
            contract = HERE / "orchestrator" / "contract.yaml"
            print(
                "An orchestration in which something is lost on the way, once it has ended:\n"
                f"  {os.path.relpath(SONDE)} verify {os.path.relpath(contract)} --orchestration {lost}\n"
                f"  {server.url}/#/orchestrations/{lost}\n",
                flush=True,
            )
        if not tool_shown and (tool := page_of(processes, "support_tool")):
            tool_shown = True
            print(f"The support tool's page is up: open {tool}, follow a link to its run.\n", flush=True)
        if not chat_shown and (chat := page_of(processes, "chat")):
            chat_shown = True
            print(
                f"The chat's page is up: open {chat}, ask something, follow the link below the answer.\n",
                flush=True,
            )


def page_of(processes: Processes, name: str) -> str | None:
    return said(processes, name, r"Open (http://\S+)")


def lost_in(processes: Processes) -> str | None:
    """The id of an orchestration that is not consistent."""
    return said(processes, "orchestrator", r"Orchestration (\w+), in which something is lost")


def said(processes: Processes, name: str, pattern: str) -> str | None:
    if name not in processes.running:
        return None
    found = re.search(pattern, processes.log(name).read_text(errors="replace"))
    return found[1] if found else None


def explain_failure(processes: Processes, name: str) -> int:
    print(f"{name} did not start. The end of {processes.log(name)}:\n", file=sys.stderr)
    print("\n".join(processes.log(name).read_text(errors="replace").splitlines()[-15:]), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
