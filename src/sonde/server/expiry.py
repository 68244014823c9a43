"""Rows that are past their time go: links and the audit log, each by a rule of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sonde.errors import SondeError
from sonde.query.time import DAY_NS
from sonde.settings import Settings

if TYPE_CHECKING:
    from sonde.server.parts import Parts
    from sonde.store import Database, Store

FIRST_AFTER_S: Final = 60.0
EVERY_S: Final = 3600.0

log = logging.getLogger("sonde.server")


@dataclass(frozen=True, slots=True)
class Rule:
    """How long rows of a table are kept, by the time in one of its columns."""

    table: str
    column: str
    days: float


def rules(settings: Settings) -> tuple[Rule, ...]:
    """The rules, by these settings."""
    links_days = max(settings.retention_entity_links_days, settings.links_ttl_days)
    return (
        Rule("entity_links", "RecordedAt", links_days),
        Rule("audit_log", "At", settings.retention_audit_days),
    )


def expire(store: Store, settings: Settings, *, now_ns: int) -> dict[str, int]:
    """Delete what is older than its rule says, of every tenant; rows deleted by table. Raises StoreError."""
    deleted: dict[str, int] = {}
    for tenant in store.tenants():
        database = store.tenant(tenant)
        for rule in rules(settings):
            count = _delete(store, database, rule, before_ns=now_ns - round(rule.days * DAY_NS))
            deleted[rule.table] = deleted.get(rule.table, 0) + count
    return deleted


async def keep_expiring(parts: Parts) -> None:
    """Do so each hour, until cancelled."""
    await asyncio.sleep(FIRST_AFTER_S)
    while True:
        if parts.store is not None:
            try:
                await asyncio.to_thread(expire_once, parts, time.time_ns())
            except SondeError as error:
                log.warning("cannot delete what is past its time: %s", error.message)
        await asyncio.sleep(EVERY_S)


def expire_once(parts: Parts, now_ns: int) -> dict[str, int]:
    """Do so now."""
    assert parts.store is not None
    deleted = expire(parts.store, parts.settings, now_ns=now_ns)
    if deleted.get("entity_links"):
        parts.link_cache.clear()
    return deleted


def _delete(store: Store, database: Database, rule: Rule, *, before_ns: int) -> int:
    """Leans on the partition (month) of these tables."""
    old = f"WHERE {rule.column} < fromUnixTimestamp64Nano({{before:Int64}})"
    params = {"before": before_ns}
    (count,) = database.query(f"SELECT count() FROM {rule.table} {old}", params).one()
    if count:
        database.execute(
            f"DELETE FROM {store.rows_of(rule.table)} {old} SETTINGS lightweight_deletes_sync = 2", params
        )
    return int(count)
