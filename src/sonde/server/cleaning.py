"""What is past its time goes each day, and when someone asks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sonde.errors import Overloaded, SondeError
from sonde.jobs.retention import Cleaning, Removal, Scope
from sonde.jobs.retention_rules import TableRules, table_rules
from sonde.query.time import DAY_NS
from sonde.store.store import Store

if TYPE_CHECKING:
    from sonde.server.parts import Parts

FIRST_AFTER_S: Final = 60.0
EVERY_S: Final = 3600.0

log = logging.getLogger("sonde.server")


def clean(parts: Parts, store: Store, tenant: str, tables: list[TableRules], scope: Scope) -> list[Removal]:
    """Remove what is past its time of a tenant; what went by each rule.

    Raises Overloaded while another one runs, and StoreError.
    """
    with _alone(parts):
        cleaning = Cleaning(store, store.tenant(tenant), tables, scope)
        removals = cleaning.removals
        if any(each.rows for each in removals):
            try:
                cleaning.run()
            finally:
                parts.link_cache.clear()
                parts.traces.clear()
    return removals


def clean_daily(parts: Parts, store: Store, now_ns: int) -> dict[str, int]:
    """Remove what was past its time when this day (UTC) began, of every tenant; records that went, by table.

    Days are partitions: so each is looked at once for each rule. What arrived within the last 24 hours stays,
    for one may bring in what is old to look at it. Raises StoreError.
    """
    scope = Scope(now_ns - now_ns % DAY_NS, arrived_before_ns=now_ns - DAY_NS)
    went: dict[str, int] = {}
    for tenant in store.tenants():
        for removal in clean(parts, store, tenant, table_rules(parts.settings), scope):
            went[removal.table] = went.get(removal.table, 0) + removal.rows
    return went


async def keep_cleaning(parts: Parts) -> None:
    """Do so each day, until cancelled."""
    await asyncio.sleep(FIRST_AFTER_S)
    cleaned_day = -1
    while True:
        now_ns = time.time_ns()
        if parts.store is not None and now_ns // DAY_NS != cleaned_day:
            try:
                went = await asyncio.to_thread(clean_daily, parts, parts.store, now_ns)
            except SondeError as error:
                log.warning("cannot delete what is past its time: %s", error.message)
            else:
                cleaned_day = now_ns // DAY_NS
                if told := ", ".join(f"{rows} of {table}" for table, rows in went.items() if rows):
                    log.info("deleted what is past its time: %s", told)
        await asyncio.sleep(EVERY_S)


@contextmanager
def _alone(parts: Parts) -> Generator[None]:
    if not parts.cleaning.acquire(blocking=False):
        raise Overloaded(
            "cannot clean up: a clean-up is under way", hint="try again when it has ended", retry_after_s=30
        )
    try:
        yield
    finally:
        parts.cleaning.release()
