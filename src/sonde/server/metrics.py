"""What `/metrics` tells: one page in the Prometheus text format."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
from pathlib import Path

from fastapi import APIRouter, Response

from sonde.errors import StoreError
from sonde.server.dependencies import PartsOf, require
from sonde.server.exposition import CONTENT_TYPE, Page
from sonde.server.parts import Parts

router = APIRouter(tags=["health"])


@router.get("/metrics", dependencies=[require("read")], response_class=Response)
async def metrics(parts: PartsOf) -> Response:
    """Figures about the server itself, for Prometheus."""
    return Response(await asyncio.to_thread(render, parts), media_type=CONTENT_TYPE)


def render(parts: Parts) -> str:
    """The page. Asks the engine for its memory, so not on the event loop."""
    page = Page()
    _receiver(page, parts)
    _journal(page, parts)
    if parts.ingestion is not None:
        page.histogram("sonde_insert_seconds", "Time of inserts.", parts.ingestion.insert_seconds)
        rows = dict(parts.ingestion.inserted_rows)
        page.counters("sonde_inserted_rows_total", "Rows inserted.", ["table"], rows)
    page.histogram("sonde_api_seconds", "Time to answer a request to the API.", parts.api_seconds)
    counters = parts.link_counters
    text = "Requests for links of entities, by what was asked and what came of it."
    page.counters("sonde_link_requests_total", text, ["action", "result"], counters.snapshot())
    if (outside := parts.outside_links) is not None:
        text = "Times that links in Redis were asked for, by what came of it."
        found = {(outside.kind, *result): times for result, times in outside.snapshot().items()}
        page.counters("sonde_outside_links_total", text, ["store", "result"], found)
        page.gauge("sonde_outside_links_up", "Whether links in Redis are read.", int(not outside.problem))
    lost = parts.audit.lost + counters.unnoted
    page.counter("sonde_audit_lost_total", "Accesses that the audit log does not have.", lost)
    page.gauge("sonde_live_subscribers", "Followers of live telemetry.", parts.live.subscribers)
    page.counter("sonde_live_dropped_total", "Batches that slow followers lost.", parts.live.dropped_total)
    _memory(page, parts)
    return page.text()


def _receiver(page: Page, parts: Parts) -> None:
    counters = parts.counters
    page.counters(
        "sonde_requests_total", "Export requests received.", ["transport", "signal"], dict(counters.requests)
    )
    page.counters(
        "sonde_received_bytes_total",
        "Bytes received, after decompression.",
        ["signal"],
        dict(counters.received_bytes),
    )
    page.counters("sonde_accepted_total", "Records accepted.", ["signal"], dict(counters.accepted))
    page.counters(
        "sonde_rejected_total", "Records rejected in a partial success.", ["signal"], dict(counters.rejected)
    )
    page.counters(
        "sonde_refused_total", "Export requests refused.", ["signal", "reason"], dict(counters.refused)
    )
    page.counters(
        "sonde_duplicates_total", "Export requests received again.", ["signal"], dict(counters.duplicates)
    )


def _journal(page: Page, parts: Parts) -> None:
    if parts.journal is None:
        return
    stats = parts.journal.stats()
    page.gauge("sonde_journal_bytes", "Accepted and not yet in the store, in bytes.", stats.bytes)
    page.gauge("sonde_journal_age_seconds", "Age of the oldest of it.", stats.oldest_age_s)
    page.gauge("sonde_journal_segments", "Closed segments that wait.", stats.segments)
    page.gauge("sonde_journal_set_aside", "Files set aside, in journal/aside.", stats.set_aside)
    page.counter("sonde_journal_fsyncs_total", "Times data was forced to disk.", stats.fsyncs)
    page.counter("sonde_journal_fsync_seconds_total", "Time that took.", stats.fsync_s)
    page.counter("sonde_journal_retries_total", "Segments tried again.", stats.retries)


def _memory(page: Page, parts: Parts) -> None:
    if parts.store is not None:
        # While a store is away or overworked, the rest of the page is what tells.
        with contextlib.suppress(StoreError):
            used = parts.store.stats().memory_bytes
            page.gauge("sonde_engine_memory_bytes", "Memory the engine has in use.", used)
    page.gauge("process_resident_memory_bytes", "Resident memory of the process.", resident_bytes())
    usage = resource.getrusage(resource.RUSAGE_SELF)
    page.counter("process_cpu_seconds_total", "Processor time used.", usage.ru_utime + usage.ru_stime)


def resident_bytes() -> int:
    """Resident memory of this process; its peak where the system does not tell the present value."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")
