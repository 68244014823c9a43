"""`POST /api/internal/cleanup-traces`."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from typing_extensions import TypedDict

from sonde.durations import seconds_of
from sonde.errors import BadRequest
from sonde.jobs.retention import Cleaning, Removal, Scope
from sonde.jobs.retention_rules import table_rules
from sonde.query.time import DAY_NS, SECOND_NS, iso
from sonde.server.api.parameters import answer
from sonde.server.cleaning import clean
from sonde.server.dependencies import PartsOf, get_database, get_identity, require

router = APIRouter(prefix="/api/internal", tags=["operation"])

_LONGEST_DAYS = 36_500


class RuleApplied(TypedDict):
    """What a rule takes of a table: `rows` records from before `cutoff`, which are kept for `days`."""

    table: str
    kind: str
    days: float
    cutoff: str
    rows: int


class TableSizeNow(TypedDict):
    """What a table takes on disk now."""

    table: str
    rows: int
    bytes: int


class CleanedUp(TypedDict):
    """What went, or with `dryRun` what would go.

    `cutoff` is where executions of pipelines are cut off; each of `rules` has its own. `deleted` is records
    by table.
    """

    ok: bool
    dryRun: bool
    cutoff: str
    deleted: dict[str, int]
    rules: list[RuleApplied]
    tables: list[TableSizeNow]


@router.post("/cleanup-traces", response_model=CleanedUp, dependencies=[require("jobs")])
def clean_up(
    request: Request,
    parts: PartsOf,
    dry_run: Annotated[
        bool, Query(alias="dryRun", description="Only say what would go: nothing is deleted.")
    ] = False,
    older_than: Annotated[
        str,
        Query(
            alias="olderThan",
            description="Everything that is older, e.g. `30d`, whatever the rules say; the audit log stays.",
        ),
    ] = "",
    component: Annotated[
        str, Query(description="Only spans, logs, events and metrics of this component.", max_length=1000)
    ] = "",
) -> Response:
    """Delete what is past its time, by the settings `retention.*`.

    The server does so by itself each day; a scheduler or a person may ask for it at any time.
    """
    database = get_database(request)
    store, tenant = parts.store, get_identity(request).tenant
    assert store is not None
    tables = table_rules(parts.settings, older_than_days=_days(older_than), component=component)
    scope = Scope(time.time_ns(), component=component)
    if dry_run:
        removals = Cleaning(store, database, tables, scope).removals
    else:
        removals = clean(parts, store, tenant, tables, scope)
    sizes = [each for each in store.stats().tables if each.database == database.name]
    told: CleanedUp = {
        "ok": True,
        "dryRun": dry_run,
        "cutoff": _cutoff(removals),
        "deleted": _by_table(removals),
        "rules": [
            {
                "table": each.table,
                "kind": each.kind,
                "days": each.days,
                "cutoff": iso(each.cutoff_ns),
                "rows": each.rows,
            }
            for each in removals
        ],
        "tables": [{"table": each.table, "rows": each.rows, "bytes": each.bytes_on_disk} for each in sizes],
    }
    return answer(told)


def _cutoff(removals: list[Removal]) -> str:
    return next(iso(each.cutoff_ns) for each in removals if each.kind == "pipeline")


def _by_table(removals: list[Removal]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for each in removals:
        rows[each.table] = rows.get(each.table, 0) + each.rows
    return rows


def _days(older_than: str) -> float | None:
    if not older_than:
        return None
    seconds = seconds_of(older_than)
    days = None if seconds is None else seconds * SECOND_NS / DAY_NS
    if days is None or not 0 < days <= _LONGEST_DAYS:
        raise BadRequest(
            f"cannot clean up what is older than {older_than[:40]!r}", hint="use a time like 30d or 12h"
        )
    return days
