"""Starts Sonde and the shop, prints what to look at, and stops all of it with Ctrl-C.

python examples/shop/run.py [--folder .demo]
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shlex
import signal
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from types import FrameType

from processes import Processes, free_port

HERE = Path(__file__).resolve().parent
SONDE = Path(sys.executable).with_name("sonde")
SERVICES = ("catalog", "payments", "orders", "storefront")
SENDS_GRPC = {"catalog"}

stop = threading.Event()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="where data and logs go")
    folder: Path = parser.parse_args().folder
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"The demo runs already, on {folder}. Stop that one first.", file=sys.stderr)
            return 1
        return run(folder)


def run(folder: Path) -> int:
    """The demo from its start to Ctrl-C; the exit code."""
    processes = Processes(folder / "logs")
    server = Server(folder / "data")
    try:
        processes.start("server", server.command)
        print("Starting Sonde ...", flush=True)
        if not processes.wait_until_answers("server", f"{server.url}/readyz", within_s=60):
            return explain_failure(processes, "server")
        print("Starting the shop ...", flush=True)
        for failed in start_shop(processes, server, folder / "shop"):
            return explain_failure(processes, failed)
        say_what_to_do(server, folder)
        watch(processes, server)
        print("\nStopping the shop, then Sonde ...", flush=True)
    finally:
        processes.stop(["shoppers"])
        processes.stop([*SERVICES, "worker"])
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

    def exporter_settings(self, service: str) -> dict[str, str]:
        """The standard variables of every OpenTelemetry SDK."""
        grpc = service in SENDS_GRPC
        return {
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc" if grpc else "http/protobuf",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.grpc_port}" if grpc else self.url,
            "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
        }


def start_shop(processes: Processes, server: Server, data: Path) -> list[str]:
    """Starts services, worker and shoppers; the names of those that did not come up."""
    data.mkdir(parents=True, exist_ok=True)
    for left in data.glob("*.db*"):
        left.unlink()
    ports = {name: free_port() for name in SERVICES}
    urls = {f"{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in ports.items()}
    env = {**urls, "SHOP_DATA": str(data)}
    for name, port in ports.items():
        command = [sys.executable, str(HERE / f"{name}.py"), "--port", str(port)]
        processes.start(name, command, {**env, **server.exporter_settings(name)})
    processes.start(
        "worker", [sys.executable, str(HERE / "worker.py")], {**env, **server.exporter_settings("worker")}
    )
    for name, port in ports.items():
        if not processes.wait_until_answers(name, f"http://127.0.0.1:{port}/health", within_s=30):
            return [name]
    storefront = urls["STOREFRONT_URL"]
    processes.start("shoppers", [sys.executable, str(HERE / "shoppers.py"), "--storefront", storefront])
    return []


def say_what_to_do(server: Server, folder: Path) -> None:
    sonde = os.path.relpath(SONDE)
    print(
        f"""
A small shop of four services and a worker is under way, and Sonde records it.

  open   {server.url}

  type   export SONDE_URL={server.url}
         {sonde} services
         {sonde} query 'status:error' --time-range 15m
         {sonde} query 'duration:>500ms service:storefront'
         {sonde} tail

  logs of each process: {folder / "logs"}
  Ctrl-C stops everything.
""",
        flush=True,
    )


def watch(processes: Processes, server: Server) -> None:
    """Until told to stop: names a trace worth a look, and says what ended that should not have."""
    shown = False
    while not stop.wait(1):
        for name, code in processes.ended().items():
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            print(f"{name} {how}; its log: {processes.log(name)}", flush=True)
            if name == "server":
                print(
                    "What it acknowledged is on disk. The shop goes on; start Sonde again, "
                    "in another terminal, with\n"
                    f"  {server.typed()}",
                    flush=True,
                )
        if not shown and (trace_id := declined_checkout(server.url)):
            shown = True
            print(
                "A checkout whose card was declined:\n"
                f"  {os.path.relpath(SONDE)} trace {trace_id}\n"
                f"  {server.url}/#/traces/{trace_id}\n",
                flush=True,
            )


def declined_checkout(url: str) -> str | None:
    """The trace of a checkout whose payment failed, from the API that the page and the commands use."""
    query = urllib.parse.urlencode({"q": "service:payments status:error", "limit": 1})
    try:
        with urllib.request.urlopen(f"{url}/api/v1/spans?{query}", timeout=2) as answer:
            found = json.load(answer)["spans"]
    except (urllib.error.URLError, OSError):
        return None
    return found[0]["traceId"] if found else None


def explain_failure(processes: Processes, name: str) -> int:
    print(f"{name} did not start. The end of {processes.log(name)}:\n", file=sys.stderr)
    print("\n".join(processes.log(name).read_text(errors="replace").splitlines()[-15:]), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
