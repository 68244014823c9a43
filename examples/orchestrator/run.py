"""Runs orchestrations: an orchestrator, a sync daemon and a verifier, each a process of its own.

python examples/orchestrator/run.py [--once | --seconds N] [--pause N] [--inconsistent |
    --inconsistent-every N]
"""

from __future__ import annotations

import argparse
import itertools
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from board import Board

HERE = Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs an orchestrator, a sync daemon and a verifier.")
    parser.add_argument("--once", action="store_true", help="one orchestration, then end")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="go on for so long")
    parser.add_argument("--pause", type=float, default=2, help="seconds between two orchestrations")
    injected = parser.add_mutually_exclusive_group()
    injected.add_argument("--inconsistent", action="store_true", help="lose a write, and forget an event")
    injected.add_argument("--inconsistent-every", type=int, metavar="N", help="the same, in every Nth one")
    options = parser.parse_args()
    every: int | None = 1 if options.inconsistent else options.inconsistent_every

    end = time.monotonic() + options.seconds
    try:
        for number in itertools.count(1):
            code = orchestrate(f"orc_{secrets.token_hex(4)}", bool(every) and number % every == 0)
            if code or options.once or time.monotonic() > end:
                return code
            time.sleep(options.pause)
    except KeyboardInterrupt:
        print("Stopped.")
    return 0


def orchestrate(orchestration_id: str, inconsistent: bool) -> int:
    """One orchestration from its first phase to its last; the exit code."""
    with tempfile.TemporaryDirectory(prefix="orchestrator-") as folder:
        path = Path(folder) / "board.db"
        Board.create(path)
        injected = ["--inconsistent"] if inconsistent else []
        about = ["--board", str(path), "--orchestration", orchestration_id]
        what = ", in which something is lost" if inconsistent else ""
        print(f"Orchestration {orchestration_id}{what}", flush=True)
        at_once = [
            subprocess.Popen(
                [sys.executable, str(HERE / f"{name}.py"), *about, *injected],
                start_new_session=True,  # Ctrl-C is for this process alone
            )
            for name in ("orchestrator", "daemon")
        ]
        try:
            if orchestrator_code := at_once[0].wait():
                return orchestrator_code
            if daemon_code := at_once[1].wait(timeout=30):
                return daemon_code
        finally:
            for process in at_once:
                process.terminate()
                process.wait()
        verifier = [sys.executable, str(HERE / "verifier.py"), *about]
        return subprocess.run(verifier, start_new_session=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
