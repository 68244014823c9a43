"""The `.sql` files of `schema/` as statements for one embedded engine or for a cluster.

Marks in the files: `{database}`, `{on_cluster}`, `{table:x}` the table that holds rows, `{read:x}`
the table that is read, `{engine:X}`, `{day:Column}` the partition key, `{settings}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources

# Rows of one trace lie on one shard. A key must not change when a block is sent again, so none is rand().
_SHARDING_KEYS = {
    "otel_traces": "cityHash64(TraceId)",
    "otel_logs": "cityHash64(if(TraceId != '', TraceId, toString(Timestamp)))",
    "otel_traces_trace_id_ts": "cityHash64(TraceId)",
    "trace_summaries": "cityHash64(TraceId)",
    "sonde_schema": "Version",
}
_METRICS_SHARDING_KEY = "cityHash64(MetricName, Attributes)"

# On disk before an insert returns: the journal deletes a segment on that promise.
_SETTINGS = "fsync_after_insert = 1, fsync_part_directory = 1"

_MARK = re.compile(r"\{(database|on_cluster|settings|table:(\w+)|read:(\w+)|engine:([^{}]+)|day:(\w+))\}")
_CREATE_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS \{database\}\.\{table:(\w+)\}")


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """A cluster as its servers' configuration names it.

    The macros `{shard}` and `{replica}` must be defined on every server. Each table becomes
    `<name>_local` (replicated) and `<name>` (distributed over the cluster).
    """

    name: str
    keeper_path: str = "/clickhouse/tables/{shard}"


@cache
def schema_files() -> dict[str, str]:
    """Name (without `.sql`) → text of every file of the full schema, tables before views."""
    folder = resources.files("sonde.store").joinpath("schema")
    texts = {
        entry.name.removesuffix(".sql"): entry.read_text("utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    }
    return dict(sorted(texts.items(), key=lambda item: ("CREATE VIEW" in item[1], item[0])))


def render(database: str, cluster: ClusterOptions | None = None) -> list[str]:
    """Every statement that makes `database` with the current schema, in order.

    Each may be repeated without harm.
    """
    statements = [create_database(database, cluster)]
    for text in schema_files().values():
        statements += render_text(text, database, cluster)
    return statements


def create_database(database: str, cluster: ClusterOptions | None = None) -> str:
    """The statement that makes a tenant's database."""
    return " ".join(
        f"CREATE DATABASE IF NOT EXISTS {database} {_on_cluster(cluster)} ENGINE = Atomic".split()
    )


def render_text(text: str, database: str, cluster: ClusterOptions | None = None) -> list[str]:
    """The statements of one file (separated by `;` at the end of a line), filled in."""
    without_comments = re.sub(r"^\s*--.*$", "", text, flags=re.MULTILINE)
    statements: list[str] = []
    for raw in re.split(r";\s*$", without_comments, flags=re.MULTILINE):
        if not raw.strip():
            continue
        created = _CREATE_TABLE.search(raw)
        table = created.group(1) if created else ""
        fill = partial(_fill, database=database, table=table, cluster=cluster)
        statements.append(_tidy(_MARK.sub(fill, raw)))
        if created and cluster:
            statements.append(_distributed(database, table, cluster))
    return statements


def sharding_key(table: str) -> str:
    """What decides the shard of a row."""
    if table.startswith("otel_metrics_"):
        return _METRICS_SHARDING_KEY
    return _SHARDING_KEYS[table]


def day_partition(column: str) -> str:
    """The partition key: the day of `column`, or its year when it lies far from its receipt.

    Within 400 days of `ReceivedAt` it is `yyyymmdd`, beyond that `yyyy0000`: a wrong clock makes some 330
    partitions at the most, ever, however wild its times are.
    """
    return (
        f"if(abs(dateDiff('day', {column}, ReceivedAt, 'UTC')) <= 400, "
        f"toYYYYMMDD({column}, 'UTC'), toUInt32(toYear({column}, 'UTC') * 10000))"
    )


def _fill(mark: re.Match[str], *, database: str, table: str, cluster: ClusterOptions | None) -> str:
    whole, stored, read, engine, day = mark.groups()
    if whole == "database":
        return database
    if whole == "on_cluster":
        return _on_cluster(cluster)
    if whole == "settings":
        return _SETTINGS
    if stored:
        return f"{stored}_local" if cluster else stored
    if read:
        return str(read)
    if day:
        return day_partition(day)
    return _engine(engine, database, table, cluster)


def _engine(engine: str, database: str, table: str, cluster: ClusterOptions | None) -> str:
    if cluster is None:
        return engine
    name, _, arguments = engine.rstrip(")").partition("(")
    path = f"{cluster.keeper_path}/{database}/{table}"
    listed = ", ".join(part for part in (f"'{path}'", "'{replica}'", arguments) if part)
    return f"Replicated{name}({listed})"


def _distributed(database: str, table: str, cluster: ClusterOptions) -> str:
    return (
        f"CREATE TABLE IF NOT EXISTS {database}.{table} {_on_cluster(cluster)} AS {database}.{table}_local\n"
        f"ENGINE = Distributed('{cluster.name}', '{database}', '{table}_local', {sharding_key(table)})"
    )


def _on_cluster(cluster: ClusterOptions | None) -> str:
    return f"ON CLUSTER '{cluster.name}'" if cluster else ""


def _tidy(statement: str) -> str:
    lines = [line.rstrip() for line in statement.strip().splitlines()]
    return "\n".join(line.replace("  (", " (") if line.startswith("CREATE") else line for line in lines)
