"""Writes what was measured as a page of Markdown, beside the targets of the design."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from bench.disk import TableSize
from bench.faults import Overload, Restart
from bench.ingestion import Ingested
from bench.profile import Profile
from bench.queries import Timing
from bench.sender import SendResult

# What the design asks for at least, and what it aims at.
_TARGETS = {
    "spans/s until queryable": ("80 000", "120 000"),
    "spans per server CPU-second": ("50 000", "95 000"),
    "bytes a span on disk": ("55", "40"),
    "peak resident memory": ("700 MB", "400 MB"),
    "start to first accepted request": ("3 s", "1 s"),
    "trace by id": ("15 ms", "5 ms"),
    "latest 20 traces of a service": ("20 ms", "10 ms"),
    "traces with attribute = value, last hour": ("30 ms", "10 ms"),
    "p50/p95/p99 per operation": ("100 ms", "10 ms"),
    "acknowledged spans lost by `kill -9`": ("0", "0"),
    "what overload does": ("503 + Retry-After", "the same, at 10 x load"),
}


@dataclass(frozen=True)
class Figures:
    """Everything one run of the benchmark measured."""

    command: str
    load_average: float
    start_s: Sequence[float]
    baseline: Sequence[SendResult]
    ingested: Ingested
    sizes_left: Sequence[TableSize]
    sizes_merged: Sequence[TableSize]
    queries: Sequence[Timing]
    restart: Restart
    overload: Overload
    profile: Profile | None


def _number(value: float) -> str:
    """As `106 000`."""
    return f"{value:,.0f}".replace(",", " ")


def _megabytes(size_bytes: float) -> str:
    return f"{size_bytes / 1e6:,.0f} MB".replace(",", " ")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def _machine(load_average: float) -> str:
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    packages = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("chdb-core", "clickhouse-connect", "ptars", "pyarrow")
    )
    return (
        f"{os.cpu_count()} cores ({_cpu_model()}), {memory_bytes / 2**30:.0f} GiB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, {packages}. "
        "The sender shares the cores with the server. "
        f"Load average of the machine before the run: {load_average:.1f}."
    )


def _against_targets(figures: Figures) -> list[str]:
    run = figures.ingested
    overload, restart = figures.overload, figures.restart
    spans_bytes = sum(size.size_bytes for size in figures.sizes_merged)
    measured = {
        "spans/s until queryable": _number(run.spans_a_second),
        "spans per server CPU-second": _number(run.spans_a_cpu_second),
        "bytes a span on disk": f"{spans_bytes / run.spans:.1f}",
        "peak resident memory": _megabytes(run.peak_bytes),
        "start to first accepted request": f"{_median(figures.start_s):.2f} s",
        "acknowledged spans lost by `kill -9`": (
            f"{restart.lost_spans} of {_number(restart.acknowledged_spans)}"
        ),
        "what overload does": (
            f"503 + Retry-After ({overload.sent.refused_without_retry_after} of "
            f"{_number(overload.sent.refused)} without), {overload.lost_spans} acknowledged spans lost, "
            f"at {overload.offered_to_stored:.0f} x what was stored"
        ),
    }
    measured |= {
        timing.question: f"{timing.median_ms:.1f} ms (p95 {timing.p95_ms:.1f})" for timing in figures.queries
    }
    rows = [[name, measured[name], *targets] for name, targets in _TARGETS.items()]
    return _table(["", "measured", "at least", "aim"], rows)


def _ingestion(figures: Figures) -> list[str]:
    rows = [
        [
            str(number),
            _number(chunk.spans),
            f"{chunk.seconds:.2f} s",
            _number(chunk.spans_a_second),
            _number(chunk.spans_a_cpu_second),
            f"{chunk.sent.latency_p50_ms:.1f} / {chunk.sent.latency_p99_ms:.1f} ms",
            str(chunk.sent.refused),
        ]
        for number, chunk in enumerate(figures.ingested.chunks, 1)
    ]
    head = ["load", "spans", "until queryable", "spans/s", "spans/CPU-s", "answer p50 / p99", "503s"]
    bare = [result.acknowledged_spans / result.seconds for result in figures.baseline]
    first = figures.ingested.chunks[0].sent
    return [
        "## Taking spans in",
        "",
        "OTLP/HTTP protobuf, 4 connections, 500 spans a request, "
        f"{first.payload_bytes / first.acknowledged_spans:.0f} bytes and 8 attributes a span. The clock runs "
        "from the first byte until a flush says that all is queryable.",
        "",
        *_table(head, rows),
        f"A bare server (same HTTP parser and event loop, reads and answers) took "
        f"{' and '.join(_number(rate) for rate in bare)} spans/s before and after in this run; Sonde stores "
        f"{figures.ingested.spans_a_second / _median(bare):.2f} of that. The two tell the machine's drift.",
        f"Merges after the last load used {figures.ingested.settle_cpu_s:.1f} CPU-seconds more, counted in "
        f"the table on top. Resident when idle again: {_megabytes(figures.ingested.idle_bytes)}.",
        "",
    ]


def _disk(figures: Figures) -> list[str]:
    left = {size.table: size for size in figures.sizes_left}
    rows = [
        [
            size.table,
            _number(size.rows),
            _megabytes(size.size_bytes),
            f"{size.size_bytes / figures.ingested.spans:.1f}",
            f"{left[size.table].size_bytes / figures.ingested.spans:.1f} ({left[size.table].parts} parts)"
            if size.table in left
            else "",
        ]
        for size in figures.sizes_merged
    ]
    head = ["table", "rows", "merged", "bytes a span, merged", "bytes a span, as the run left it"]
    return ["## On disk", "", *_table(head, rows)]


def _queries(figures: Figures) -> list[str]:
    rows = [
        [
            timing.question,
            f"{timing.median_ms:.1f} ms",
            f"{timing.p95_ms:.1f} ms",
            str(timing.runs),
            f"{timing.found:.0f}",
        ]
        for timing in figures.queries
    ]
    return [
        f"## Questions at {_number(figures.ingested.spans)} spans",
        "",
        "Over the HTTP API, one connection, random values; all spans lie within the last hour.",
        "",
        *_table(["question", "median", "p95", "runs", "rows answered"], rows),
    ]


def _faults(figures: Figures) -> list[str]:
    restart, overload = figures.restart, figures.overload
    sent = overload.sent
    return [
        "## Killed and started again",
        "",
        f"`kill -9` in the middle of a load: {_number(restart.acknowledged_spans)} spans acknowledged, "
        f"{_megabytes(restart.journal_bytes)} of journal left. First accepted request after "
        f"{restart.first_accepted_s:.2f} s, everything queryable after {restart.all_queryable_s:.2f} s, "
        f"{restart.lost_spans} acknowledged spans lost.",
        "",
        "## Overload",
        "",
        "Journal limited to 16 MiB, senders that never wait: offered "
        f"{_number(sent.offered_spans / sent.seconds)} spans/s for {sent.seconds:.0f} s; "
        f"{_number(sent.acknowledged)} requests acknowledged, {_number(sent.refused)} answered 503 (p99 "
        f"{sent.refusal_p99_ms:.0f} ms), {sent.refused_without_retry_after} of these without Retry-After, "
        f"{len(sent.other_statuses)} other answers. Stored {_number(overload.stored_spans)} spans of "
        f"{_number(sent.acknowledged_spans)} acknowledged. Peak resident {_megabytes(overload.peak_bytes)}; "
        f"drained in {overload.drain_s:.1f} s.",
        "",
    ]


def _where_time_goes(figures: Figures) -> list[str]:
    lines = ["## Where the time goes", ""]
    total_s = sum(cpu_s for _, cpu_s in figures.ingested.threads) or 1.0
    top = [row for row in figures.ingested.threads if row[1] / total_s >= 0.01][:10]
    lines += ["CPU by thread of the server, over the loads (/proc):", ""]
    lines += _table(["thread", "CPU-s", "share"], [[n, f"{c:.1f}", f"{c / total_s:.0%}"] for n, c in top])
    if figures.profile is None:
        return [*lines, "py-spy is not installed here: no profile by function.", ""]
    lines += ["Samples of all threads that run (py-spy), by the innermost function of Sonde:", ""]
    lines += _table(["function", "share"], [[n, f"{s:.0%}"] for n, s in figures.profile.by_sonde_function])
    lines += ["By innermost function of all:", ""]
    lines += _table(["function", "share"], [[n, f"{s:.0%}"] for n, s in figures.profile.by_leaf])
    return lines


def render(figures: Figures, next_steps: str) -> str:
    """The page. `next_steps` is kept from the page before: a person writes it, not a program."""
    today = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [
        "# What Sonde does on this machine",
        "",
        f"Written by `{figures.command}` on {today}. Ratios matter, absolutes drift.",
        "",
        _machine(figures.load_average),
        "",
        *_against_targets(figures),
        *_ingestion(figures),
        *_disk(figures),
        *_queries(figures),
        *_faults(figures),
        *_where_time_goes(figures),
        "## What would come next",
        "",
        next_steps.strip(),
    ]
    return "\n".join(lines) + "\n"
