"""What `sonde doctor` looks at. Each check says what is wrong and how to mend it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from sonde import __version__
from sonde.errors import SettingError, SondeError
from sonde.settings import MIB, Settings, all_setting_names

if TYPE_CHECKING:
    import httpx

    from sonde.cli.source import Server
    from sonde.store.lock import Holder

LEAST_PYTHON = (3, 11)
LEAST_FREE_MB = 512
LOW_FREE_MB = 2048
LARGEST_SKEW_S = 5.0
PROBE_TIMEOUT_S = 2.0
# Variables that begin so but are no settings.
_OTHER_VARIABLES = {"SONDE_CONFIG"}


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; `mend` says what to do, empty where nothing is to be done."""

    check: str
    state: State
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks share."""

    settings: Settings
    server: Server | None
    holder: Holder | None
    embedded: Path | None
    """Directory of the embedded store; None with a ClickHouse server."""


def gather(settings: Settings) -> Facts:
    """Look once for what several checks need."""
    from sonde.cli.source import find_server
    from sonde.store.dsn import EmbeddedDsn, parse_dsn
    from sonde.store.lock import read_holder

    dsn = parse_dsn(settings)
    embedded = dsn.path if isinstance(dsn, EmbeddedDsn) else None
    return Facts(settings, find_server(settings), read_holder(embedded) if embedded else None, embedded)


def run(settings: Settings) -> Iterator[Finding]:
    """Every finding, in the order in which one mends things."""
    yield _python()
    yield from _packages()
    yield from _variables()
    yield from _clock()
    facts = gather(settings)
    yield from _data_directory(facts)
    yield from _store(facts)
    yield from _journal(facts)
    yield from _keys(facts)
    if facts.server is None:
        yield from _ports(facts)
        yield Finding(
            "server", State.WARN, "none runs here", "start one with `sonde serve`, or say where with --url"
        )
    else:
        yield from _server(facts, facts.server)


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < LEAST_PYTHON:
        return Finding(
            "python", State.FAIL, found, f"install Python {'.'.join(map(str, LEAST_PYTHON))} or newer"
        )
    return Finding("python", State.OK, found)


def _packages() -> Iterator[Finding]:
    yield Finding("sonde", State.OK, __version__)
    missing: list[str] = []
    wrong: list[str] = []
    for requirement in metadata.requires("sonde") or []:
        name, version, extra = _requirement(requirement)
        if extra not in ("", "server"):
            continue
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if version and installed != version:
            wrong.append(f"{name} {installed} instead of {version}")
    if wrong:
        yield Finding(
            "packages", State.FAIL, ", ".join(wrong), 'run `pip install --force-reinstall "sonde[server]"`'
        )
    elif missing:
        yield Finding(
            "packages",
            State.WARN,
            f"only the SDK is here; without {', '.join(missing)} this machine cannot run a server",
            'run `pip install "sonde[server]"` where the server is to run',
        )
    else:
        yield Finding("packages", State.OK, "everything a server needs")


def _requirement(text: str) -> tuple[str, str, str]:
    """Name, exact version where one is pinned, and extra of a requirement (PEP 508, as wheels have it)."""
    specification, _, marker = text.partition(";")
    extra = marker.split("extra ==", 1)[1].split("'\"")[0].strip(" '\"") if "extra ==" in marker else ""
    name, pinned, version = specification.partition("==")
    if not pinned:
        for position, char in enumerate(specification):
            if not (char.isalnum() or char in "-_."):
                name = specification[:position]
                break
    if "sys_platform != 'win32'" in marker.replace('"', "'") and sys.platform == "win32":
        return name.strip(), "", "not here"
    return name.strip(), version.strip(), extra


def _variables() -> Iterator[Finding]:
    known = {name.env for name in all_setting_names()} | _OTHER_VARIABLES
    unknown = sorted(name for name in os.environ if name.startswith("SONDE_") and name not in known)
    if unknown:
        yield Finding(
            "settings",
            State.WARN,
            f"no setting is called {', '.join(unknown)}",
            "look for a misspelling; the reference of settings lists them all",
        )
    else:
        yield Finding("settings", State.OK, "all have allowed values")


def _clock() -> Iterator[Finding]:
    now = datetime.now(UTC)
    made = Path(__file__).stat().st_mtime
    if now.timestamp() < made - 86_400:
        yield Finding(
            "clock",
            State.FAIL,
            f"{now:%Y-%m-%d %H:%M:%S} UTC lies before this version was installed",
            "set the clock, e.g. with `timedatectl set-ntp true`",
        )


def _data_directory(facts: Facts) -> Iterator[Finding]:
    directory = facts.settings.data_dir
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK) or not existing.is_dir():
        yield Finding(
            "data directory",
            State.FAIL,
            f"cannot write to {existing}",
            "give this user the right to write there (`chown`), or choose another --data-dir",
        )
        return
    free_mb = shutil.disk_usage(existing).free // MIB
    where = f"{directory}{'' if directory.exists() else ' (not made yet)'}, {free_mb:,} MiB free"
    if free_mb < LEAST_FREE_MB:
        yield Finding(
            "data directory",
            State.FAIL,
            where,
            "make room or move the data directory: a full disk refuses telemetry (503) until there is some",
        )
    elif free_mb < LOW_FREE_MB:
        yield Finding("data directory", State.WARN, where, "make room soon")
    else:
        yield Finding("data directory", State.OK, where)


def _store(facts: Facts) -> Iterator[Finding]:
    if facts.embedded is None:
        from sonde.store.dsn import parse_dsn

        yield Finding("store", State.OK, f"{parse_dsn(facts.settings)}, asked when a server opens it")
    elif facts.holder is not None:
        url = f" ({facts.holder.url})" if facts.holder.url else ", which serves no address (yet)"
        yield Finding("store", State.OK, f"{facts.embedded} is held by pid {facts.holder.pid}{url}")
    elif facts.embedded.is_dir():
        yield Finding("store", State.OK, f"{facts.embedded}, held by nobody")
    else:
        yield Finding("store", State.OK, f"{facts.embedded}, made by the first `sonde serve`")


def _journal(facts: Facts) -> Iterator[Finding]:
    from sonde.cli.journal_files import set_aside, waiting

    segments, size = waiting(facts.settings)
    counted = f"{segments} segment{'' if segments == 1 else 's'}"
    if segments and facts.server is None:
        yield Finding(
            "journal",
            State.WARN,
            f"{counted} ({size / MIB:.1f} MiB) to be stored by a server",
            "start `sonde serve`: it brings all of it into the store",
        )
    else:
        yield Finding("journal", State.OK, f"{counted}, {size / MIB:.1f} MiB under way")
    aside = set_aside(facts.settings)
    if aside:
        yield Finding(
            "set aside",
            State.FAIL,
            f"{len(aside)} files in {aside[0].parent}: data that could not be read or stored",
            "read the reports beside them; delete what is not wanted back",
        )


def _keys(facts: Facts) -> Iterator[Finding]:
    from sonde.server.auth import is_loopback
    from sonde.server.keys import KeyFile

    try:
        count = len(KeyFile(facts.settings.data_dir).all())
    except SettingError as error:
        yield Finding("keys", State.FAIL, error.message, error.hint or "mend the file")
        return
    if count:
        yield Finding("keys", State.OK, f"{count}: every request needs one")
    elif is_loopback(facts.settings.host):
        yield Finding("keys", State.OK, "none, and none is needed on this machine")
    else:
        yield Finding(
            "keys",
            State.FAIL,
            f"none, but the server is to listen on {facts.settings.host}: it will refuse to start",
            "make one with `sonde keys create --scope admin`",
        )


def _ports(facts: Facts) -> Iterator[Finding]:
    settings = facts.settings
    for name, port in (("http_port", settings.http_port), ("grpc_port", settings.grpc_port)):
        if port == 0:
            continue
        flag = f"--{name.replace('_', '-')}"
        try:
            family, _, _, _, address = socket.getaddrinfo(settings.host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            yield Finding(
                f"port {port}",
                State.FAIL,
                f"cannot listen on {settings.host}:{port}: {error.strerror or error}",
                f"stop what listens there (`ss -ltnp 'sport = :{port}'` shows it), or pass {flag}",
            )
        else:
            yield Finding(f"port {port}", State.OK, "free")


def _server(facts: Facts, server: Server) -> Iterator[Finding]:
    import httpx

    mend = "is it running, and is the address right?"
    try:
        with httpx.Client(base_url=server.url, timeout=PROBE_TIMEOUT_S) as client:
            yield from _answers(client, facts, server)
    except httpx.HTTPError as error:
        yield Finding("server", State.FAIL, f"cannot reach {server.url} (from {server.found}): {error}", mend)
    except SondeError as error:
        yield Finding("server", State.FAIL, error.message, error.hint or mend)


def _answers(client: httpx.Client, facts: Facts, server: Server) -> Iterator[Finding]:
    asked = time.time()
    alive = client.get("/healthz")
    if alive.status_code != 200:
        yield Finding(
            "server", State.FAIL, f"{server.url} answers {alive.status_code}", "is it a Sonde server?"
        )
        return
    ready = client.get("/readyz")
    if ready.status_code == 200:
        yield Finding("server", State.OK, f"{server.url} takes telemetry and answers (from {server.found})")
    else:
        try:
            missing = "; ".join(json.loads(ready.text)["missing"])
        except (ValueError, KeyError, TypeError):
            missing = ready.text[:200]
        yield Finding(
            "server",
            State.FAIL,
            f"{server.url} is not ready: {missing}",
            "its standard error says more; see the disk",
        )
    yield _key(client, facts)
    yield from _skew(alive, asked)


def _key(client: httpx.Client, facts: Facts) -> Finding:
    key = facts.settings.api_key
    headers = {"authorization": f"Bearer {key}"} if key else {}
    status = client.get("/api/v1/services", headers=headers, params={"since": "1m"}).status_code
    if status == 401:
        found = "the key is not known to the server" if key else "the server needs a key, none is set"
        return Finding(
            "key", State.FAIL, found, "set SONDE_API_KEY; `sonde keys create --scope read` makes one"
        )
    if status == 403:
        return Finding(
            "key", State.WARN, "the key may not read", "`sonde keys create --scope read` makes one that may"
        )
    return Finding("key", State.OK, "reads are allowed" if key else "none is needed")


def _skew(answer: httpx.Response, asked: float) -> Iterator[Finding]:
    date = answer.headers.get("date")
    if date is None:
        return
    skew_s = parsedate_to_datetime(date).timestamp() - asked
    # The header has whole seconds.
    if abs(skew_s) > LARGEST_SKEW_S:
        yield Finding(
            "clock",
            State.WARN,
            f"the server's is {abs(skew_s):.0f} s {'ahead' if skew_s > 0 else 'behind'}",
            "set both by NTP: relative times like `--since 15m` are reckoned by the server's",
        )
    else:
        yield Finding("clock", State.OK, "agrees with the server's")
