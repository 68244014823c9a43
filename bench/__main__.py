"""Measures and writes: `python -m bench [--quick] [--spans N] [--only-…] [--output FILE]`."""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.ai.section import HEADING as AI_HEADING
from bench.ai.section import ai_section, measure_ai
from bench.disk import table_sizes
from bench.faults import overload, restart_with_journal
from bench.ingestion import bare_baseline, ingest, start_to_first_accepted_s
from bench.links import HEADING as LINKS_HEADING
from bench.links import links_section
from bench.orchestrations.section import HEADING as ORCHESTRATIONS_HEADING
from bench.orchestrations.section import measure_orchestrations, orchestrations_section
from bench.profile import profile_load
from bench.queries import time_queries
from bench.report import Figures, render
from bench.sdk.figures import measure_sdk
from bench.sdk.page import HEADING as SDK_HEADING
from bench.sdk.page import sdk_section
from bench.server_process import SondeServer
from bench.ui.figures import measure_ui
from bench.ui.section import HEADING as UI_HEADING
from bench.ui.section import ui_section

_NEXT_HEADING = re.compile(r"^## What would come next\n(.*)\Z", re.MULTILINE | re.DOTALL)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def measure(folder: Path, spans: int, *, quick: bool, command: str) -> Figures:
    """Runs every part in turn; servers and data live below `folder`."""
    load_average = os.getloadavg()[0]
    starts: list[float] = []
    for number in range(1 if quick else 3):
        _say("start to first accepted request")
        with_fresh_data = SondeServer(folder / f"start{number}")
        try:
            starts.append(start_to_first_accepted_s(with_fresh_data))
        finally:
            with_fresh_data.close()

    baseline_spans = 100_000 if quick else 500_000
    _say("bare baseline")
    baseline = [bare_baseline(baseline_spans)]

    server = SondeServer(folder / "main")
    try:
        server.start()
        _say(f"loading {spans} spans")
        ingested = ingest(server, spans, chunks=2 if quick else 4, period_s=55 * 60)
        _say(f"{ingested.spans_a_second:.0f} spans/s; asking questions")
        queries = time_queries(server, ingested.sample_trace_ids, runs=10 if quick else 50)
        server.stop()
        _say("sizes on disk")
        sizes_left = table_sizes(server.data_dir, optimize=False)
        sizes_merged = table_sizes(server.data_dir, optimize=True)
    finally:
        server.close()
    baseline.append(bare_baseline(baseline_spans))

    _say("kill -9 and restart")
    restart = restart_with_journal(folder, spans=1_000_000)
    _say("overload")
    overloaded = overload(folder, seconds=4 if quick else 10, connections=40)

    profiled = SondeServer(folder / "profile")
    try:
        profiled.start()
        _say("profile")
        profile = profile_load(profiled, 100_000 if quick else 500_000)
    finally:
        profiled.close()
    return Figures(
        command,
        load_average,
        starts,
        baseline,
        ingested,
        sizes_left,
        sizes_merged,
        queries,
        restart,
        overloaded,
        profile,
    )


def _with_section(page: str, heading: str, lines: list[str]) -> str:
    """The page with a section measured anew: where it stood, else before what would come next."""
    section = "\n".join(lines).rstrip() + "\n\n"
    before = re.search(rf"^{heading}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    if before:
        return page[: before.start()] + section + page[before.end() :]
    following = _NEXT_HEADING.search(page)
    place = following.start() if following else len(page)
    return page[:place] + section + page[place:]


@contextmanager
def _started(folder: Path) -> Generator[SondeServer]:
    """A server on a folder, until the block ends."""
    server = SondeServer(folder)
    try:
        yield server.start()
    finally:
        server.close()


def _measure_ui(folder: Path, spans: int, command: str, *, quick: bool, live_minutes: float) -> list[str]:
    with _started(folder / "ui") as server:
        _say(f"loading {spans} spans for the web UI")
        ingest(server, spans, chunks=2 if quick else 4, period_s=55 * 60)
        _say("pages in Chromium")
        sizes = (10_000,) if quick else (10_000, 100_000)
        figures = measure_ui(server, runs=5 if quick else 15, sizes=sizes, live_minutes=live_minutes)
    return ui_section(figures, command, spans)


def _measure_orchestrations(folder: Path, command: str, *, quick: bool) -> list[str]:
    with _started(folder / "orchestrations") as server:
        _say("orchestrations")
        figures = measure_orchestrations(server, 100_000 if quick else 1_000_000, runs=10 if quick else 50)
    return orchestrations_section(figures, command)


def _measure_ai(folder: Path, command: str, *, quick: bool) -> list[str]:
    with _started(folder / "ai") as server:
        _say("AI calls")
        figures = measure_ai(server, 200_000 if quick else 2_000_000, runs=3 if quick else 10)
    return ai_section(figures, command)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, to see that it runs")
    parser.add_argument("--spans", type=int, help="spans to store (2 000 000; with --quick 200 000)")
    parser.add_argument("--only-sdk", action="store_true", help="measure the SDK alone")
    parser.add_argument("--only-ui", action="store_true", help="measure the web UI alone")
    parser.add_argument("--only-links", action="store_true", help="measure links of entities alone")
    parser.add_argument("--only-orchestrations", action="store_true", help="measure orchestrations alone")
    parser.add_argument("--only-ai", action="store_true", help="measure questions about AI calls alone")
    parser.add_argument(
        "--live-minutes", type=float, default=0, help="how long live pages are watched for memory (none)"
    )
    parser.add_argument("--output", type=Path, help="page to write (bench/RESULTS.md; with --quick none)")
    options = parser.parse_args()
    spans: int = options.spans or (200_000 if options.quick else 2_000_000)
    page: Path | None = options.output or (None if options.quick else Path(__file__).with_name("RESULTS.md"))
    command = "python -m bench" + (" --quick" if options.quick else "")
    command += f" --spans {options.spans}" if options.spans else ""

    text = page.read_text() if page is not None and page.exists() else ""
    only = (
        options.only_sdk
        or options.only_ui
        or options.only_links
        or options.only_orchestrations
        or options.only_ai
    )
    with tempfile.TemporaryDirectory(prefix="sonde-bench-") as folder:
        if not only:
            text = _measured_anew(text, Path(folder), spans, command, quick=options.quick)
        if not only or options.only_links:
            _say("links of entities")
            count = 100_000 if options.quick else 1_000_000
            lines = links_section(Path(folder), count, f"{command} --only-links", quick=options.quick)
            text = _with_section(text, LINKS_HEADING, lines)
        if not only or options.only_orchestrations:
            lines = _measure_orchestrations(
                Path(folder), f"{command} --only-orchestrations", quick=options.quick
            )
            text = _with_section(text, ORCHESTRATIONS_HEADING, lines)
        if not only or options.only_ai:
            lines = _measure_ai(Path(folder), f"{command} --only-ai", quick=options.quick)
            text = _with_section(text, AI_HEADING, lines)
        if not only or options.only_ui:
            said = f"{command} --only-ui" + (
                f" --live-minutes {options.live_minutes:g}" if options.live_minutes else ""
            )
            lines = _measure_ui(
                Path(folder), spans, said, quick=options.quick, live_minutes=options.live_minutes
            )
            text = _with_section(text, UI_HEADING, lines)
    if not only or options.only_sdk:
        _say("what the SDK costs")
        figures = measure_sdk(quick=options.quick)
        text = _with_section(text, SDK_HEADING, sdk_section(figures, f"{command} --only-sdk"))
    if page is not None:
        page.write_text(text)
        _say(f"wrote {page}")
    print(text)


def _measured_anew(text: str, folder: Path, spans: int, command: str, *, quick: bool) -> str:
    kept = _NEXT_HEADING.search(text)
    return render(measure(folder, spans, quick=quick, command=command), kept.group(1) if kept else "")


if __name__ == "__main__":
    main()
