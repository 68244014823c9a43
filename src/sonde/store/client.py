"""Connections to the engine, and the pool that readers share.

Three properties of the embedded engine are dealt with here. It reads `config.xml` from the current
directory: ours is named instead. It hangs in a forked child of a process that loaded it: such a
child gets an error (and must end with `os._exit`, as multiprocessing's children do, or exec). A client
still open when the process exits can crash it: open ones are closed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import sys
import threading
import time
import weakref
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from sonde.errors import QueryTimeout, StoreError, StoreUnavailable
from sonde.settings import MIB
from sonde.store.dsn import EmbeddedDsn, ServerDsn
from sonde.store.failures import engine_errors

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

_CONFIG_FILES = ("config.xml", "config.yaml", "config.yml")
_OWN_CONFIG = "engine.xml"

_forked_with_engine = False


def _note_fork() -> None:
    global _forked_with_engine
    _forked_with_engine = "chdb" in sys.modules


os.register_at_fork(after_in_child=_note_fork)


def refuse_forked_child() -> None:
    """Raise rather than hang.

    Raises:
        StoreError: this process was forked from one that had loaded the engine.
    """
    if _forked_with_engine:
        raise StoreError(
            "cannot use the embedded store in a forked child: the engine would hang",
            hint="start the process with subprocess or multiprocessing's spawn",
        )


# A thread of a query wants 1 GiB of free memory of its own by default: with less than that allowed in all,
# every query would run on a single thread.
_EMBEDDED_SETTINGS = {"max_threads_min_free_memory_per_thread": 0}


class Connector:
    """Opens clients for one DSN and knows what they have in common."""

    def __init__(self, dsn: EmbeddedDsn | ServerDsn, *, memory_bytes: int) -> None:
        self.dsn = dsn
        self._memory_bytes = memory_bytes

    def connect(self, **settings: object) -> Client:
        """A new client; `settings` hold for its lifetime.

        Raises:
            StoreUnavailable: the server cannot be reached or the directory not opened.
        """
        doing = f"open the store {self.dsn}"
        if isinstance(self.dsn, EmbeddedDsn):
            refuse_forked_child()
            with engine_errors(doing):
                return self._embedded(self.dsn, settings)
        try:
            with engine_errors(doing):
                return self._server(self.dsn, settings)
        except StoreUnavailable as error:
            error.hint = error.hint or "is the server running, and the address in the setting store right?"
            raise

    def _embedded(self, dsn: EmbeddedDsn, settings: dict[str, object]) -> Client:
        _load_engine(dsn)
        import clickhouse_connect

        return clickhouse_connect.get_client(
            interface="chdb",
            path=str(dsn.engine_path),
            chdb_options=self._embedded_options(dsn),
            settings={**_EMBEDDED_SETTINGS, **settings},
            tz_source="server",
        )

    def _embedded_options(self, dsn: EmbeddedDsn) -> dict[str, object]:
        # The defaults are 0.9 x the machine's memory and caches of 5 GiB.
        return {
            "config-file": str(dsn.path / _OWN_CONFIG),
            "max_server_memory_usage": self._memory_bytes,
            "mark_cache_size": min(64 * MIB, self._memory_bytes // 8),
            "index_mark_cache_size": 32 * MIB,
            "index_uncompressed_cache_size": 32 * MIB,
            "uncompressed_cache_size": 0,
            "background_pool_size": 2,
            "background_schedule_pool_size": 4,
            "session_timezone": "UTC",
        }

    def _server(self, dsn: ServerDsn, settings: dict[str, object]) -> Client:
        import clickhouse_connect

        return clickhouse_connect.get_client(
            host=dsn.host,
            port=dsn.port,
            username=dsn.username,
            password=dsn.password,
            secure=dsn.secure,
            settings={"session_timezone": "UTC", **settings},
            tz_source="server",
            autogenerate_session_id=False,
            connect_timeout=5,
        )


def _load_engine(dsn: EmbeddedDsn) -> None:
    """Import the engine and write the configuration it is pointed to."""
    dsn.engine_path.mkdir(parents=True, exist_ok=True)
    config = dsn.path / _OWN_CONFIG
    if not config.exists():
        config.write_text("<clickhouse></clickhouse>\n")
    if "chdb" in sys.modules:
        return
    # Naming our own file covers the start of the engine, but importing it already reads the
    # logger section of ./config.xml; only then is a change of directory worth its side effect.
    if any(os.path.exists(name) for name in _CONFIG_FILES):
        with contextlib.chdir(dsn.path):
            import chdb  # pyright: ignore[reportUnusedImport]  # for its effect
    else:
        import chdb  # noqa: F401  # pyright: ignore[reportUnusedImport]  # for its effect


class Pool:
    """A few reader clients; each serves one query at a time."""

    def __init__(self, connector: Connector, *, size: int, memory_bytes: int) -> None:
        self._connector = connector
        self._settings: dict[str, object] = {
            "max_memory_usage": memory_bytes,
            # Last: it forbids further changes of itself. 2 = no writes, settings of a query allowed.
            "readonly": 2,
        }
        self._idle: queue.LifoQueue[Client | None] = queue.LifoQueue()
        self._open: list[Client] = []
        self._guard = threading.Lock()
        self._closed = False
        for _ in range(size):
            self._idle.put(None)

    @contextlib.contextmanager
    def client(self, timeout_s: float) -> Generator[Client, None, None]:
        """A client for the caller alone; waits at most `timeout_s` for one.

        Raises:
            QueryTimeout: all were busy that long.
            StoreUnavailable: the store is closed or away.
        """
        refuse_forked_child()
        try:
            client = self._idle.get(timeout=timeout_s)
        except queue.Empty as error:
            raise QueryTimeout(
                f"cannot start the query: every reader was busy for {timeout_s:g} s",
                hint="ask again, or lower query.timeout_s so that long queries end sooner",
            ) from error
        try:
            if self._closed:
                raise StoreUnavailable("cannot query: the store is closed")
            if client is None:
                client = self._connector.connect(**self._settings)
                with self._guard:
                    self._open.append(client)
            yield client
        finally:
            self._idle.put(client)

    def close(self, wait_s: float = 5.0) -> None:
        """Close every client; a query that runs on is waited for at most `wait_s`."""
        self._closed = True
        deadline = time.monotonic() + wait_s
        with self._guard:
            waiting = len(self._open)
        while waiting:
            try:
                client = self._idle.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if client is not None:
                client.close()
                self._open.remove(client)
                waiting -= 1
        # Whoever still waits for a client must wake up and see that the store is closed.
        for _ in range(64):
            self._idle.put(None)


class Writer:
    """A client that writes, opened for its first statement; for all tenants, one statement at a time."""

    def __init__(self, connector: Connector, *, embedded: bool, replicated: bool) -> None:
        self.embedded = embedded
        self.replicated = replicated
        self._connector = connector
        self._client: Client | None = None
        self._lock = threading.Lock()
        self._closed = False

    @contextlib.contextmanager
    def client(self) -> Generator[Client, None, None]:
        """The client for the caller alone.

        Raises:
            StoreUnavailable: the store is closed or away.
        """
        refuse_forked_child()
        with self._lock:
            if self._closed:
                raise StoreUnavailable("cannot write: the store is closed")
            if self._client is None:
                self._client = self._connector.connect()
            yield self._client

    def close(self) -> None:
        """Close the client, once the statement under way has ended."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.close()


_to_close: weakref.WeakSet[Any] = weakref.WeakSet()


def close_at_exit(store: Any) -> None:
    """Have `store.close()` called when the interpreter ends, unless it was before."""
    _to_close.add(store)


@atexit.register
def _close_all() -> None:
    if _forked_with_engine:
        return
    for store in list(_to_close):
        store.close()
