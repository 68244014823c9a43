"""A server for this machine, started when none runs, that stays when the command has ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sonde.cli.source import find_server, require_server_extra
from sonde.errors import StoreUnavailable
from sonde.settings import Settings

READY_WITHIN_S = 60.0
LOG_NAME = "server.log"


@dataclass(frozen=True, slots=True)
class LocalServer:
    """Where the server is; `log` is empty for one that ran already."""

    url: str
    log: str = ""


def local_server(settings: Settings) -> LocalServer:
    """The server that runs here, else a new one that takes telemetry.

    It is a process of its own, detached from the terminal; what it says is in `server.log` of the
    data directory. Raises StoreUnavailable when the packages of a server are not installed or it
    does not become ready within 60 s.
    """
    found = find_server(settings)
    if found is not None:
        return LocalServer(found.url)
    require_server_extra()
    path = settings.data_dir / LOG_NAME
    process = _detached(path)
    url = _ready(settings, process, path)
    return LocalServer(url, str(path))


def _detached(log: Path) -> subprocess.Popen[bytes]:
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"cannot write {log}: {error.strerror}") from None
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "sonde", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


def _ready(settings: Settings, process: subprocess.Popen[bytes], log: Path) -> str:
    import httpx

    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        found = find_server(settings)
        if found is not None:
            try:
                if httpx.get(f"{found.url}/readyz", timeout=2, trust_env=False).status_code == 200:
                    return found.url
            except httpx.HTTPError:
                pass
        time.sleep(0.05)
    if process.poll() is None:
        raise StoreUnavailable(
            f"the server (pid {process.pid}) is not ready after {READY_WITHIN_S:g} s", hint=f"see {log}"
        )
    raise StoreUnavailable(
        f"cannot start a server: it ended with {process.returncode}", hint=f"see {log}: {_last_line(log)}"
    )


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
