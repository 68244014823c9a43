"""The `.sql` files of `schema/` as statements for one embedded engine or for a cluster.

Marks in the files: `{database}`, `{on_cluster}`, `{table:x}` the table that holds rows, `{read:x}`
the table that is read, `{engine:X}`, `{day:Column}` the partition key, `{settings}` (`{settings:N}` with
N rows a granule, `{settings:N,M}` merging M parts of a size at a time, `{settings:N,M,compact}` with one
file a part however large), `{map_settings}`.
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
    "trace_starts": "cityHash64(TraceId)",
    "ai_calls": "cityHash64(TraceId)",
    "entity_links": "cityHash64(EntityType, EntityId)",
    "audit_log": "Segment",
    "sonde_schema": "Version",
    # Of migrations only.
    "trace_summaries": "cityHash64(TraceId)",
    "trace_places": "cityHash64(TraceId)",
    "otel_traces_small": "cityHash64(TraceId)",
}
_METRICS_SHARDING_KEY = "cityHash64(MetricName, Attributes)"

_GRANULARITY = 4096
_MERGE_SELECTOR_BASE = 20
_MIN_ROWS_FOR_WIDE_PART = 300_000
_NEVER_WIDE = 10**12

# On disk before an insert returns: the journal deletes a segment on that promise. A part of one block is
# compact (a few files to sync instead of a hundred); half the usual granularity reads less around a trace.
# Merging only 20 parts of a size at a time (5 are usual) writes a row less often: 62-81 against 48-58
# thousand spans a CPU-second, merges counted, and searches were as fast.
_SETTINGS = (
    "index_granularity = {granularity}, min_rows_for_wide_part = {wide}, merge_selector_base = {base}, "
    "fsync_after_insert = 1, fsync_part_directory = 1"
)

# Merged parts keep a map's keys in some 1.5 x sqrt(keys) buckets: a filter on one common attribute reads
# 1 M spans in 60 ms of CPU instead of 142, and a span takes 1.4 bytes less; merging costs 1.7 x. Parts just
# inserted stay as they are. Older servers do not know these settings.
_MAP_SETTINGS = (
    ", map_serialization_version = 'with_buckets', map_buckets_strategy = 'sqrt', "
    "map_buckets_coefficient = 1.5, map_buckets_min_avg_size = 4"
)

_MARK = re.compile(
    r"\{(database|on_cluster|map_settings|settings(?::(\d+)(?:,(\d+)(?:,(compact))?)?)?|table:(\w+)|read:(\w+)|engine:([^{}]+)|day:(\w+))\}"
)
_CREATE_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS \{database\}\.\{table:(\w+)\}")


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """A cluster as its servers' configuration names it.

    The macros `{shard}` and `{replica}` must be defined on every server. Each table becomes
    `<name>_local` (replicated) and `<name>` (distributed over the cluster).
    """

    name: str
    keeper_path: str = "/clickhouse/tables/{shard}"


@dataclass(frozen=True, slots=True)
class Target:
    """What the statements are for: a database, of one engine or a cluster's."""

    database: str
    cluster: ClusterOptions | None = None
    map_buckets: bool = True

    @property
    def on_cluster(self) -> str:
        """`ON CLUSTER 'name'`, or nothing."""
        return f"ON CLUSTER '{self.cluster.name}'" if self.cluster else ""


@cache
def schema_files() -> dict[str, str]:
    """Name (without `.sql`) → text of every file of the full schema, tables before views."""
    folder = resources.files("sonde.store").joinpath("schema")
    texts = {
        entry.name.removesuffix(".sql"): entry.read_text("utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    }
    return dict(sorted(texts.items(), key=lambda item: (_is_view(item[1]), item[0])))


def render(target: Target) -> list[str]:
    """Every statement that makes the database with the current schema, in order.

    Each may be repeated without harm.
    """
    statements = [create_database(target)]
    for text in schema_files().values():
        statements += render_text(text, target)
    return statements


def render_views(target: Target) -> list[str]:
    """The statements that make, or make anew, the views."""
    return [
        statement
        for text in schema_files().values()
        if _is_view(text)
        for statement in render_text(text, target)
    ]


def create_database(target: Target) -> str:
    """The statement that makes a tenant's database."""
    return _tidy(f"CREATE DATABASE IF NOT EXISTS {target.database} {target.on_cluster} ENGINE = Atomic")


def render_text(text: str, target: Target) -> list[str]:
    """The statements of one file (separated by `;` at the end of a line), filled in."""
    without_comments = re.sub(r"^\s*--.*$", "", text, flags=re.MULTILINE)
    statements: list[str] = []
    for raw in re.split(r";\s*$", without_comments, flags=re.MULTILINE):
        if not raw.strip():
            continue
        created = _CREATE_TABLE.search(raw)
        table = created.group(1) if created else ""
        statements.append(_tidy(_MARK.sub(partial(_fill, table=table, target=target), raw)))
        if created and target.cluster:
            statements.append(_distributed(table, target.cluster, target))
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


def _fill(mark: re.Match[str], *, table: str, target: Target) -> str:
    whole, granularity, base, compact, stored, read, engine, day = mark.groups()
    simple = {
        "database": target.database,
        "on_cluster": target.on_cluster,
        "map_settings": _MAP_SETTINGS if target.map_buckets else "",
    }
    if whole in simple:
        return simple[whole]
    if whole.startswith("settings"):
        return _SETTINGS.format(
            granularity=granularity or _GRANULARITY,
            base=base or _MERGE_SELECTOR_BASE,
            wide=_NEVER_WIDE if compact else _MIN_ROWS_FOR_WIDE_PART,
        )
    if stored:
        return f"{stored}_local" if target.cluster else stored
    if read:
        return str(read)
    if day:
        return day_partition(day)
    return _engine(engine, table, target.cluster, target.database) if target.cluster else engine


def _engine(engine: str, table: str, cluster: ClusterOptions, database: str) -> str:
    name, _, arguments = engine.rstrip(")").partition("(")
    path = f"{cluster.keeper_path}/{database}/{table}"
    listed = ", ".join(part for part in (f"'{path}'", "'{replica}'", arguments) if part)
    return f"Replicated{name}({listed})"


def _distributed(table: str, cluster: ClusterOptions, target: Target) -> str:
    database = target.database
    return (
        f"CREATE TABLE IF NOT EXISTS {database}.{table} {target.on_cluster} AS {database}.{table}_local\n"
        f"ENGINE = Distributed('{cluster.name}', '{database}', '{table}_local', {sharding_key(table)})"
    )


def _is_view(text: str) -> bool:
    return "CREATE OR REPLACE VIEW" in text


def _tidy(statement: str) -> str:
    """Without the gap that an empty `{on_cluster}` leaves."""
    lines = [line.rstrip() for line in statement.strip().splitlines()]
    return "\n".join(
        re.sub(r"(?<=\S)  +", " ", line) if line.startswith("CREATE") else line for line in lines
    )
