"""`POST /api/v1/flush` and `GET /api/v1/status`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from sonde import __version__
from sonde.errors import Overloaded
from sonde.server.dependencies import DatabaseOf, PartsOf, require

router = APIRouter(prefix="/api/v1", tags=["operation"])


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Flushed(_Answer):
    """Everything that was accepted before the call can be queried."""

    flushed: bool


class JournalStatus(_Answer):
    """What is accepted and not yet stored."""

    size_bytes: int
    segments: int
    oldest_age_s: float
    set_aside: int
    write_error: str
    store_error: str


class TableStatus(_Answer):
    """A table of the caller's tenant."""

    table: str
    rows: int
    size_bytes: int
    parts: int


class Status(_Answer):
    """How the server does. Counts are since its start and of all tenants."""

    version: str
    journal: JournalStatus | None
    accepted: dict[str, int]
    rejected: dict[str, int]
    refused: dict[str, int]
    duplicate_requests: dict[str, int]
    engine_memory_bytes: int
    tables: list[TableStatus]


@router.post("/flush", dependencies=[require("ingest")])
async def flush(
    parts: PartsOf,
    timeout_s: Annotated[float, Query(alias="timeoutS", gt=0, le=300, description="How long to wait.")] = 30,
) -> Flushed:
    """Wait until everything accepted so far can be queried."""
    if parts.journal is not None:
        try:
            await parts.journal.flush(timeout_s)
        except TimeoutError:
            error = parts.journal.stats().store_error
            raise Overloaded(
                f"cannot flush within {timeout_s:g} s: {error or 'the store has not caught up'}",
                hint="nothing is lost: what was accepted is in the journal",
            ) from None
    return Flushed(flushed=True)


@router.get("/status", dependencies=[require("read")])
async def status(parts: PartsOf, database: DatabaseOf) -> Status:
    """Version, journal, what was received, and the size of the tables."""
    assert parts.store is not None  # there is a database
    stats = await run_in_threadpool(parts.store.stats)
    counters = parts.counters
    return Status(
        version=__version__,
        journal=_journal(parts),
        accepted={signal: count for (signal,), count in counters.accepted.items()},
        rejected={signal: count for (signal,), count in counters.rejected.items()},
        refused={" ".join(why): count for why, count in counters.refused.items()},
        duplicate_requests={signal: count for (signal,), count in counters.duplicates.items()},
        engine_memory_bytes=stats.memory_bytes,
        tables=[
            TableStatus(table=each.table, rows=each.rows, size_bytes=each.bytes_on_disk, parts=each.parts)
            for each in stats.tables
            if each.database == database.name
        ],
    )


def _journal(parts: PartsOf) -> JournalStatus | None:
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
