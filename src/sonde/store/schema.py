"""The schema of a tenant's database: made, recognised and brought forward when a store is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from sonde import __version__
from sonde.errors import SchemaTooNew, StoreError
from sonde.store.failures import engine_errors
from sonde.store.render import ClusterOptions, Target, create_database, render, render_text, render_views

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """What brings a database from version `version - 1` to `version`; may be repeated without harm."""

    version: int
    name: str
    text: str


@cache
def migrations() -> tuple[Migration, ...]:
    """All migrations, oldest first. The first schema is version 1 and has none."""
    folder = resources.files("sonde.store").joinpath("schema", "migrations")
    found: list[Migration] = []
    if folder.is_dir():
        for entry in folder.iterdir():
            match = _FILE_NAME.fullmatch(entry.name)
            if match:
                found.append(Migration(int(match.group(1)), match.group(2), entry.read_text("utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.version))


def current_version() -> int:
    """The schema version of this Sonde."""
    return max((migration.version for migration in migrations()), default=1)


def installed_version(client: Client, database: str) -> int | None:
    """The version `database` is at; None without a schema of Sonde's.

    Raises:
        StoreError: its tables were made by another program.
        SchemaTooNew: a newer Sonde wrote it.
    """
    with engine_errors(f"read the schema of database {database}"):
        tables = {
            str(row[0])
            for row in client.query(
                "SELECT name FROM system.tables WHERE database = {database:String}",
                parameters={"database": database},
            ).result_rows
        }
        version = 0
        if "sonde_schema" in tables:
            version = int(client.query(f"SELECT max(Version) FROM {database}.sonde_schema").result_rows[0][0])
    if version > current_version():
        raise SchemaTooNew(
            f"cannot open database {database}: its schema is version {version}, "
            f"this Sonde ({__version__}) knows up to {current_version()}",
            hint="upgrade Sonde, or point it at another data directory",
        )
    if version:
        return version
    _refuse_foreign_tables(client, database, tables)
    return None


def bring_forward(client: Client, database: str, cluster: ClusterOptions | None = None) -> None:
    """Make `database`, or bring it to the current schema.

    Raises:
        SchemaTooNew, StoreError: as `installed_version`, or the engine refused a statement.
    """
    with engine_errors(f"bring database {database} to schema version {current_version()}"):
        target = Target(database, cluster, map_buckets=_knows_map_buckets(client))
        client.command(create_database(target))
        version = installed_version(client, database)
        if version is None:
            for statement in render(target):
                client.command(statement)
            _record(client, database, current_version(), "schema")
        elif version < current_version():
            for migration in migrations():
                if migration.version > version:
                    _migrate(client, migration, target)


def _migrate(client: Client, migration: Migration, target: Target) -> None:
    statements = render_text(migration.text, target)
    if migration.version == current_version():
        # Views hold no rows, so they are made anew and need no migrations of their own.
        statements += render_views(target)
    for statement in statements:
        client.command(statement)
    _record(client, target.database, migration.version, migration.name)


def _knows_map_buckets(client: Client) -> bool:
    result = client.query(
        "SELECT count() FROM system.merge_tree_settings WHERE name = 'map_serialization_version'"
    )
    return bool(result.result_rows[0][0])


def _record(client: Client, database: str, version: int, name: str) -> None:
    client.command(
        f"INSERT INTO {database}.sonde_schema (Version, Name, Application) "
        "SELECT {version:UInt32}, {name:String}, {application:String}",
        parameters={"version": version, "name": name, "application": f"sonde {__version__}"},
    )


def _refuse_foreign_tables(client: Client, database: str, tables: set[str]) -> None:
    """The Collector's exporter makes tables of the same names, with other keys and engines.

    Columns can be added to those, but not a sorting key, a partition key or a replacing engine; without
    them a repeated batch would be stored twice.
    """
    foreign = sorted(table for table in tables if table.startswith("otel_") and not table.endswith("_mv"))
    if not foreign:
        return
    ours = client.query(
        "SELECT DISTINCT table FROM system.columns WHERE database = {database:String} AND name = 'Segment'",
        parameters={"database": database},
    ).result_rows
    strange = sorted(set(foreign) - {str(row[0]) for row in ours} - {"otel_traces_trace_id_ts"})
    if not strange:
        return  # an interrupted creation: every statement of it may be repeated
    raise StoreError(
        f"cannot use database {database}: its table {strange[0]} was made by another program, "
        "it seems the OpenTelemetry Collector's ClickHouse exporter",
        hint="choose another database (setting store.database) and copy the rows with "
        "INSERT INTO <new>.otel_traces (<columns>) SELECT <columns> FROM <old>.otel_traces; "
        "the exporter can go on writing to the new tables (create_schema: false)",
    )
