"""Opening the store, its tenants and its figures."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from sonde.errors import BadRequest, NotFound, StoreError, StoreUnavailable
from sonde.settings import MIB, Settings
from sonde.store.client import Connector, Pool, Writer, close_at_exit, refuse_forked_child
from sonde.store.database import Database
from sonde.store.dsn import EmbeddedDsn, ServerDsn, parse_dsn
from sonde.store.failures import engine_errors
from sonde.store.lock import DirectoryLock
from sonde.store.render import ClusterOptions
from sonde.store.schema import bring_forward, current_version, installed_version

DEFAULT_TENANT = "default"

_READERS = 3
_TENANT_NAME = re.compile(r"[a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table's active parts."""

    database: str
    table: str
    rows: int
    bytes_on_disk: int
    uncompressed_bytes: int
    parts: int


@dataclass(frozen=True, slots=True)
class StoreStats:
    """What the engine says of itself. `memory_bytes` is what it tracks, not the process's."""

    version: str
    memory_bytes: int
    tables: tuple[TableSize, ...]


class Store:
    """An open store. Close it before the process ends; leaving the `with` block does."""

    def __init__(self, settings: Settings, *, read_only: bool) -> None:
        self.dsn = parse_dsn(settings)
        self.read_only = read_only
        self._settings = settings
        self._default_database = settings.store_database
        self._cluster: ClusterOptions | None = None
        if isinstance(self.dsn, ServerDsn):
            self._default_database = self.dsn.database or settings.store_database
            self._cluster = ClusterOptions(self.dsn.cluster) if self.dsn.cluster else None
        self._databases: dict[str, Database] = {}
        self._guard = threading.RLock()
        self._closed = False
        self._lock = self._take_directory()
        try:
            memory_bytes = settings.store_memory_mb * MIB
            connector = Connector(self.dsn, memory_bytes=memory_bytes)
            embedded, replicated = self._lock is not None, self._cluster is not None
            self._writer = Writer(connector, embedded=embedded, replicated=replicated)
            # Inserts do not wait for statements that change many rows.
            self._maintainer = Writer(connector, embedded=embedded, replicated=replicated)
            self._pool = Pool(connector, size=_READERS, memory_bytes=memory_bytes * 3 // 4)
            close_at_exit(self)
        except BaseException:
            if self._lock:
                self._lock.release()
            raise
        try:
            self._open_default()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tenant(self, name: str = DEFAULT_TENANT) -> Database:
        """The database of a tenant; made when it does not exist and the store may be written.

        Raises:
            BadRequest: no tenant can have that name.
            NotFound: there is no such tenant, and the store was opened for reading.
        """
        if not _TENANT_NAME.fullmatch(name):
            raise BadRequest(f"no tenant can be named {name!r}", hint="use 1 to 40 of a-z, 0-9 and _")
        with self._guard:
            if self._closed:
                raise StoreUnavailable("cannot use the store: it is closed")
            database = self._databases.get(name)
            if database is None:
                database_name = self._database_name(name)
                self._prepare(name, database_name)
                database = Database(
                    database_name,
                    pool=self._pool,
                    writer=None if self.read_only else self._writer,
                    maintainer=None if self.read_only else self._maintainer,
                    timeout_s=self._settings.query_timeout_s,
                )
                self._databases[name] = database
            return database

    def tenants(self) -> list[str]:
        """Names of the tenants that have a database."""
        default = self._default_database
        with self._writer.client() as client, engine_errors("list the tenants"):
            rows = client.query(
                "SELECT database FROM system.tables WHERE name = 'sonde_schema' ORDER BY database"
            ).result_rows
        names = [str(row[0]) for row in rows]
        others = [name.removeprefix(f"{default}_") for name in names if name.startswith(f"{default}_")]
        return ([DEFAULT_TENANT] if default in names else []) + others

    def rows_of(self, table: str) -> str:
        """What a statement that changes rows of `table` names: of a cluster, the tables that hold them."""
        return f"{table}_local ON CLUSTER '{self._cluster.name}'" if self._cluster else table

    def held_in(self, database: Database, table: str) -> str:
        """The table, with its database, that has the rows of `table` where a statement of `rows_of` runs."""
        return f"{database.name}.{table}_local" if self._cluster else f"{database.name}.{table}"

    def announce(self, url: str) -> None:
        """Tell other processes that this one answers at `url`. Nothing happens for a server store."""
        if self._lock:
            self._lock.announce(url)

    def stats(self) -> StoreStats:
        """Memory and the size of every table of every tenant.

        Raises:
            StoreError: the engine does not say.
        """
        names = [self._database_name(name) for name in self.tenants()]
        with self._pool.client(5) as client, engine_errors("read the engine's figures"):
            client.database = self._default_database
            memory = client.query(
                "SELECT value, version() FROM system.metrics WHERE metric = 'MemoryTracking'"
            ).result_rows
            parts = client.query(
                "SELECT database, table, sum(rows), sum(bytes_on_disk), "
                "sum(data_uncompressed_bytes), count() FROM system.parts "
                "WHERE active AND database IN {names:Array(String)} "
                "GROUP BY database, table ORDER BY database, table",
                parameters={"names": names},
            ).result_rows
        tables = tuple(
            TableSize(str(name), str(table), *(int(figure) for figure in figures))
            for name, table, *figures in parts
        )
        used, version = memory[0] if memory else (0, "")
        return StoreStats(str(version), int(used), tables)

    def close(self) -> None:
        """Close every client and give the directory free. May be called twice."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
        self._pool.close()
        self._maintainer.close()
        self._writer.close()
        if self._lock:
            self._lock.release()

    def _take_directory(self) -> DirectoryLock | None:
        if not isinstance(self.dsn, EmbeddedDsn):
            return None
        refuse_forked_child()
        if self.read_only and not self.dsn.path.is_dir():
            raise StoreUnavailable(
                f"cannot open data directory {self.dsn.path}: there is none",
                hint="start a server with `sonde serve`, or say where one is with --url",
            )
        return DirectoryLock(self.dsn.path)

    def _database_name(self, tenant: str) -> str:
        return self._default_database if tenant == DEFAULT_TENANT else f"{self._default_database}_{tenant}"

    def _open_default(self) -> None:
        # An embedded store is this process's own: bringing it forward is safe even to read it.
        if isinstance(self.dsn, EmbeddedDsn) or not self.read_only:
            with self._writer.client() as client:
                bring_forward(client, self._default_database, self._cluster)
        self.tenant()

    def _prepare(self, tenant: str, database: str) -> None:
        with self._writer.client() as client:
            if not self.read_only:
                bring_forward(client, database, self._cluster)
                return
            version = installed_version(client, database)
            if version is None:
                raise NotFound(f"there is no tenant {tenant}: no database {database} in {self.dsn}")
            if version < current_version():
                if isinstance(self.dsn, EmbeddedDsn):
                    bring_forward(client, database, self._cluster)
                    return
                raise StoreError(
                    f"cannot read database {database}: its schema is version {version}, "
                    f"this Sonde needs {current_version()}",
                    hint="start the new `sonde serve` once; it brings the schema forward",
                )


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Open the store that `settings.store` names, and bring its schema forward.

    Args:
        settings: see `sonde.settings`.
        read_only: nothing is inserted; for commands. An embedded store is still locked: only one
            process may open it.

    Raises:
        StoreLocked: another process holds the embedded store.
        StoreUnavailable: it cannot be opened or reached.
        SchemaTooNew: a newer Sonde wrote it.
        SettingError: the DSN is malformed.
    """
    return Store(settings, read_only=read_only)
