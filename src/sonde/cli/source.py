"""Whom a command asks: a running server over HTTP, else the store itself, opened in this process."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sonde.errors import (
    ServerRefused,
    ServerUnreachable,
    StoreLocked,
    StoreUnavailable,
    Unauthenticated,
)

if TYPE_CHECKING:
    import httpx

    from sonde.settings import Settings

# The server cancels a query at `query.timeout_s` and says so; the client waits longer than that.
ANSWER_TIMEOUT_S = 120.0
CONNECT_TIMEOUT_S = 3.0
PROBE_TIMEOUT_S = 0.5

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and how it was found."""

    url: str
    found: str


class Source:
    """The API, wherever it runs. Errors of the API become ServerRefused."""

    def __init__(self, client: httpx.Client, settings: Settings, server: Server | None) -> None:
        self._client = client
        self.settings = settings
        self.server = server

    def get_text(self, path: str, params: Mapping[str, str | int] | None = None) -> str:
        """The body of an answer, as the API wrote it."""
        return self._request("GET", path, params)

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """The JSON object of an answer."""
        return json.loads(self._request("GET", path, params))

    def post(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> dict[str, Any]:
        """The JSON object that a POST answers."""
        return json.loads(self._request("POST", path, params, timeout_s=timeout_s))

    def send(self, path: str, body: object) -> dict[str, Any]:
        """The JSON object that a POST with this body answers."""
        return json.loads(self._request("POST", path, None, body))

    def _request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None,
        body: object = None,
        *,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> str:
        import httpx

        # The store opened here has the engine's time limit alone.
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S) if self.server else None
        try:
            response = self._client.request(
                method, path, params=dict(params or {}), json=body, timeout=timeout
            )
        except httpx.HTTPError as error:
            raise self._unreachable(error, timeout_s) from None
        if response.status_code >= 400:
            raise refusal(response.status_code, response.text)
        return response.text

    @contextmanager
    def lines(self, path: str, params: Mapping[str, str | int]) -> Generator[Iterator[str]]:
        """The lines of an answer that does not end, as they arrive. Raises ServerUnreachable when
        the connection breaks."""
        import httpx

        timeout = httpx.Timeout(CONNECT_TIMEOUT_S, read=None)
        try:
            with self._client.stream("GET", path, params=dict(params), timeout=timeout) as response:
                if response.status_code >= 400:
                    response.read()
                    raise refusal(response.status_code, response.text)
                yield response.iter_lines()
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: httpx.HTTPError, timeout_s: float = ANSWER_TIMEOUT_S) -> ServerUnreachable:
        import httpx

        where = self.server.url if self.server else "the store"
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return ServerUnreachable(f"no answer from {where} within {timeout_s:g} s")
        found = f" (from {self.server.found})" if self.server else ""
        return ServerUnreachable(
            f"cannot reach {where}{found}: {error}", hint="is it running? `sonde doctor` looks for the cause"
        )


@dataclass(slots=True)
class _Found:
    """What a look for a server found."""

    server: Server | None = None
    holder_pid: int = 0
    tried: list[str] = field(default_factory=list[str])


def find_server(settings: Settings) -> Server | None:
    """The server to ask, or None where the store has to be opened."""
    return _look(settings).server


def _look(settings: Settings) -> _Found:
    found = _Found()
    if settings.url:
        found.server = Server(settings.url, "--url or SONDE_URL")
        return found
    holder = _holder(settings)
    if holder is not None:
        pid, url = holder
        found.holder_pid = pid
        if url:
            found.server = Server(_reachable_form(url), f"the lock of the data directory, pid {pid}")
        return found
    # A data directory given by name is asked for itself, never some other one's server.
    if not settings.model_fields_set & {"data_dir", "store"}:
        url = f"http://127.0.0.1:{settings.http_port}"
        found.tried.append(url)
        if answers_as_sonde(url):
            found.server = Server(url, "the default port")
    return found


def _holder(settings: Settings) -> tuple[int, str] | None:
    from sonde.store.dsn import EmbeddedDsn, parse_dsn
    from sonde.store.lock import read_holder

    # A server locks its data directory, whatever store it has, and an embedded store besides.
    holder = read_holder(settings.data_dir)
    dsn = parse_dsn(settings)
    if holder is None and isinstance(dsn, EmbeddedDsn):
        holder = read_holder(dsn.path)
    return (holder.pid, holder.url) if holder else None


def _reachable_form(url: str) -> str:
    for wildcard, loopback in _WILDCARDS.items():
        url = url.replace(f"//{wildcard}", f"//{loopback}", 1)
    return url.rstrip("/")


def answers_as_sonde(url: str) -> bool:
    """Whether a Sonde server listens at `url`."""
    import httpx

    try:
        response = httpx.get(f"{url}/healthz", timeout=PROBE_TIMEOUT_S, trust_env=False)
    except httpx.HTTPError:
        return False
    try:
        return response.json()["server"] == "sonde"
    except (ValueError, KeyError, TypeError):
        return False


@contextmanager
def open_source(settings: Settings, *, server_only: str = "", writes: bool = False) -> Generator[Source]:
    """The API of the running server, else of the store opened here, where `writes` says so for changing it.

    `server_only` names what only a server can do; without one, ServerUnreachable says so.
    Raises ServerUnreachable, StoreLocked, StoreUnavailable and what opening a store raises.
    """
    found = _look(settings)
    if found.server is not None:
        with _http_client(settings, found.server.url) as client:
            yield Source(client, settings, found.server)
        return
    if found.holder_pid:
        raise StoreLocked(
            f"cannot open the store {_place(settings)}: held by pid {found.holder_pid}",
            hint="it serves no address: wait until it has started, or stop it",
        )
    if server_only:
        looked = f" (looked at {', '.join(found.tried)})" if found.tried else ""
        raise ServerUnreachable(
            f"cannot {server_only}: no server runs{looked}",
            hint="start one with `sonde serve`, or pass --url",
        )
    with _store_client(settings, writes=writes) as client:
        yield Source(client, settings, None)


@contextmanager
def _http_client(settings: Settings, url: str) -> Generator[httpx.Client]:
    import httpx

    headers = {"user-agent": "sonde-cli"}
    if settings.api_key:
        headers["authorization"] = f"Bearer {settings.api_key}"
    timeout = httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    with httpx.Client(base_url=url, headers=headers, timeout=timeout) as client:
        yield client


@contextmanager
def _store_client(settings: Settings, *, writes: bool) -> Generator[httpx.Client]:
    require_existing_store(settings)
    require_server_extra()
    import httpx

    from sonde.cli.journal_files import waiting
    from sonde.cli.progress import spinner
    from sonde.cli.terminal import note

    segments, _ = waiting(settings)
    if segments:
        wait = "segment waits" if segments == 1 else "segments wait"
        note(f"{segments} journal {wait} for a server: what is held there is not in the answer")
    with spinner("opening the store"):
        from sonde.cli.in_process import InProcessTransport

        transport = InProcessTransport(settings, read_only=not writes)
    with httpx.Client(transport=transport, base_url="http://127.0.0.1", timeout=None) as client:  # noqa: S113  # the engine has the time limit
        yield client


def refuse_held_store(settings: Settings) -> None:
    """Raise StoreLocked, in words for who wants the store itself, when a server holds it; StoreUnavailable
    where a server answers and nothing says which store is wanted.

    A ClickHouse server has no single owner."""
    from sonde.store.dsn import EmbeddedDsn, parse_dsn

    holder = _holder(settings) if isinstance(parse_dsn(settings), EmbeddedDsn) else None
    if holder is not None:
        pid, url = holder
        where = f" ({url})" if url else ""
        raise StoreLocked(
            f"cannot open the store {_place(settings)}: held by the server pid {pid}{where}",
            hint="stop that server first; `sonde query` asks it while it runs",
        )
    # Another store than the one that all other commands ask would answer as if it were that.
    if not settings.model_fields_set & {"data_dir", "store"} and (server := find_server(settings)):
        raise StoreUnavailable(
            f"cannot open the store of the server {server.url} (from {server.found})",
            hint="stop that server, and pass its --data-dir; if its store is a ClickHouse server, pass it as "
            "--store; while it runs, `sonde query` and the other commands ask it",
        )


def require_existing_store(
    settings: Settings,
    hint: str = "start a server with `sonde serve`, or say where with --url or --data-dir",
) -> None:
    """Reading must not make an empty store. Raises StoreUnavailable."""
    from sonde.store.dsn import EmbeddedDsn, parse_dsn

    dsn = parse_dsn(settings)
    if isinstance(dsn, EmbeddedDsn) and not dsn.path.is_dir():
        nobody = "" if settings.url else "no server runs and "
        raise StoreUnavailable(
            f"{nobody}there is no store in {dsn.path}",
            hint=hint,
        )


def require_server_extra() -> None:
    """Opening a store needs the server's packages. Raises StoreUnavailable."""
    from importlib.util import find_spec

    missing = [
        name for name in ("chdb", "clickhouse_connect", "fastapi", "pyarrow") if find_spec(name) is None
    ]
    if missing:
        raise StoreUnavailable(
            f"cannot open a store: not installed: {', '.join(missing)}",
            hint='run `pip install "sonde[server]"`, or ask a running server with --url',
        )


def _place(settings: Settings) -> str:
    from sonde.store.dsn import parse_dsn

    return str(parse_dsn(settings))


def refusal(status: int, body: str) -> ServerRefused:
    """The error that an answer of the API describes."""
    try:
        error = json.loads(body)["error"]
        position = error.get("position")
        code, hint = str(error["code"]), str(error.get("hint", ""))
        if code == Unauthenticated.code:
            hint = "set SONDE_API_KEY to a key of that server; `sonde keys create --scope read` makes one"
        return ServerRefused(
            str(error["message"]),
            hint=hint,
            answer=code,
            status=status,
            position=position if isinstance(position, int) else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return ServerRefused(
            f"the server answered {status}: {body[:200].strip() or 'nothing'}",
            hint="is this the address of a Sonde server?",
            status=status,
        )
