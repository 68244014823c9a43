"""`GET /api/v1/status`."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from sonde import __version__
from sonde.query.table_ranges import table_ranges
from sonde.query.time import SECOND_NS, iso
from sonde.server.auth import Identity
from sonde.server.dependencies import DatabaseOf, IdentityOf, PartsOf, require
from sonde.server.keys import Scope
from sonde.server.notices import notices
from sonde.server.parts import Parts
from sonde.settings import Settings, setting_names
from sonde.settings.names import SECRET
from sonde.store.dsn import EmbeddedDsn, parse_dsn

if TYPE_CHECKING:
    from sonde.store import Database, Store, StoreStats

router = APIRouter(prefix="/api/v1", tags=["operation"])

_LIMITS = (
    "max_request_mb",
    "max_request_records",
    "journal_max_mb",
    "store_memory_mb",
    "query_default_limit",
    "query_max_limit",
    "query_timeout_s",
)


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class JournalStatus(_Answer):
    """What is accepted and not yet stored."""

    size_bytes: int
    segments: int
    oldest_age_s: float
    set_aside: int
    write_error: str
    store_error: str


class TableStatus(_Answer):
    """A table of the caller's tenant; `oldest` and `newest` are null where it is empty or has no times."""

    table: str
    rows: int
    size_bytes: int
    uncompressed_bytes: int
    parts: int
    oldest: str | None
    newest: str | None


class StoreStatus(_Answer):
    """The engine."""

    kind: Literal["embedded", "clickhouse"]
    version: str


class OutsideLinksStatus(_Answer):
    """The Redis of which the server reads links (`redis` or `upstash`), and why it does not just now."""

    store: str
    problem: str


class SettingStatus(_Answer):
    """A setting as the server runs with it: by its key, secrets hidden; `source` says where it was set."""

    name: str
    value: str
    source: str


class Warned(_Answer):
    """Something to look after."""

    message: str
    hint: str


class Status(_Answer):
    """What the server is, and how it does.

    Counts are since its start and of all tenants; `rates` are records accepted a second over the last minute.
    `settings` is empty for a key without the scope admin. `limits` are settings by their key. `outsideLinks`
    is null where the server's settings name no Redis of links.
    """

    version: str
    started_at: str
    uptime_s: float
    url: str
    grpc_address: str
    data_dir: str
    store: StoreStatus
    tenant: str
    keys_needed: bool
    code_url: str
    journal: JournalStatus | None
    accepted: dict[str, int]
    rejected: dict[str, int]
    refused: dict[str, int]
    duplicate_requests: dict[str, int]
    rates: dict[str, float]
    followers: int
    outside_links: OutsideLinksStatus | None
    engine_memory_bytes: int
    tables: list[TableStatus]
    limits: dict[str, float]
    settings: list[SettingStatus]
    warnings: list[Warned]


@router.get("/status", dependencies=[require("read")])
async def status(parts: PartsOf, database: DatabaseOf, identity: IdentityOf) -> Status:
    """Version, addresses, journal, what was received, the size of the tables, and what to look after."""
    store = parts.store
    assert store is not None  # there is a database
    counters = parts.counters
    stats, tables, warned = await run_in_threadpool(_slow, parts, store, database)
    settings = parts.settings
    embedded = isinstance(store.dsn, EmbeddedDsn)
    return Status(
        version=__version__,
        started_at=iso(parts.started_ns),
        uptime_s=round((time.time_ns() - parts.started_ns) / SECOND_NS, 3),
        url=parts.url,
        grpc_address=parts.grpc_address,
        data_dir=str(settings.data_dir),
        store=StoreStatus(kind="embedded" if embedded else "clickhouse", version=stats.version),
        tenant=identity.tenant,
        keys_needed=bool(identity.key_id),
        code_url=settings.ui_code_url,
        journal=_journal(parts),
        accepted={signal: count for (signal,), count in counters.accepted.items()},
        rejected={signal: count for (signal,), count in counters.rejected.items()},
        refused={" ".join(why): count for why, count in counters.refused.items()},
        duplicate_requests={signal: count for (signal,), count in counters.duplicates.items()},
        rates=parts.rates.per_second(),
        followers=parts.live.subscribers,
        outside_links=_outside_links(parts),
        engine_memory_bytes=stats.memory_bytes,
        tables=tables,
        limits={name.key: getattr(settings, name.field) for name in setting_names() if name.field in _LIMITS},
        settings=_settings(settings, identity),
        warnings=warned,
    )


def _slow(
    parts: Parts, store: Store, database: Database
) -> tuple[StoreStats, list[TableStatus], list[Warned]]:
    stats = store.stats()
    ranges = table_ranges(database)
    tables = [
        TableStatus(
            table=each.table,
            rows=each.rows,
            size_bytes=each.bytes_on_disk,
            uncompressed_bytes=each.uncompressed_bytes,
            parts=each.parts,
            oldest=iso(ranges[each.table][0]) if each.table in ranges else None,
            newest=iso(ranges[each.table][1]) if each.table in ranges else None,
        )
        for each in stats.tables
        if each.database == database.name
    ]
    return stats, tables, [Warned(message=each.message, hint=each.hint) for each in notices(parts)]


def _settings(settings: Settings, identity: Identity) -> list[SettingStatus]:
    if Scope.ADMIN not in identity.scopes:
        return []
    return [
        SettingStatus(name=name.key, value=_shown(settings, name.field), source=settings.source(name.field))
        for name in setting_names()
    ]


def _shown(settings: Settings, field: str) -> str:
    value = getattr(settings, field)
    if field in SECRET:
        return "(hidden)" if value else ""
    if field == "store":
        return str(parse_dsn(settings))
    # An address may have a password in it.
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return re.sub(r"(://[^:/@\s]*:)[^@\s]*@", r"\1***@", text)


def _outside_links(parts: Parts) -> OutsideLinksStatus | None:
    outside = parts.outside_links
    return None if outside is None else OutsideLinksStatus(store=outside.kind, problem=outside.problem)


def _journal(parts: Parts) -> JournalStatus | None:
    if parts.journal is None:
        return None
    stats = parts.journal.stats()
    return JournalStatus(
        size_bytes=stats.bytes,
        segments=stats.segments,
        oldest_age_s=round(stats.oldest_age_s, 3),
        set_aside=stats.set_aside,
        write_error=stats.write_error,
        store_error=stats.store_error,
    )
