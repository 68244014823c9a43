"""The figures of the page as a section of the page of results."""

from __future__ import annotations

from collections.abc import Iterable

from bench.ui.figures import Live, LivePage, ShownTrace, UiFigures

HEADING = "## The web UI"

_SCREEN_S = {10_000: 1, 100_000: 3}


def ui_section(figures: UiFigures, command: str, spans: int) -> list[str]:
    """Lines of Markdown, from the heading on."""
    rows = [
        *(
            (
                f"{each.page} usable, in a new tab / in an open one",
                f"{each.median_ms:.0f} / {each.same_tab_ms:.0f} ms",
                "300 ms",
            )
            for each in figures.opened
        ),
        *(row for each in figures.traces for row in _trace_rows(each)),
        ("the search list answers, last hour", f"{figures.list_ms:.0f} ms", "150 ms"),
        ("JavaScript transferred, compressed", f"{figures.transferred_bytes / 1e3:.0f} kB", "1 MB"),
    ]
    lines = [
        HEADING,
        "",
        f"Written by `{command}`: headless Chromium on the same two cores, {_thousands(spans)} spans in the "
        "last hour. A page is usable when its first row of data is drawn, counted from the navigation on; "
        "the process of a new tab has run no script of the page before, an open one showed the page already.",
        "",
        "| median | measured | at most |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "| page | first visit, nothing cached | median | visits |",
        "|---|---|---|---|",
        *(_visits(each.page, each.first_ms, each.median_ms, each.runs) for each in figures.opened),
        *(
            _visits(f"trace of {_thousands(each.spans)} spans", each.first_ms, each.median_ms, each.runs)
            for each in figures.traces
        ),
        "",
        f"{figures.modules} scripts. Facets over the last hour answer in {figures.facets_ms:.0f} ms.",
        "",
    ]
    if figures.live:
        lines += _live(figures.live)
    return lines


def _visits(page: str, first_ms: float, median_ms: float, runs: int) -> str:
    return f"| {page} | {first_ms:.0f} ms | {median_ms:.0f} ms | {runs} |"


def _trace_rows(trace: ShownTrace) -> Iterable[tuple[str, str, str]]:
    name = f"a trace of {_thousands(trace.spans)} spans"
    yield f"{name} on screen", f"{trace.median_ms / 1e3:.2f} s", f"{_SCREEN_S.get(trace.spans, 3)} s"
    yield (
        f"{name}: frames while scrolling, p50 / p99 / longest",
        f"{trace.frame_p50_ms:.0f} / {trace.frame_p99_ms:.0f} / {trace.frame_max_ms:.0f} ms",
        "50 ms",
    )


def _live(live: Live) -> list[str]:
    minutes = live.pages[0].minutes
    return [
        f"Followed live for {minutes[-1]:.0f} minutes, {live.spans_a_second:.0f} spans and "
        f"{live.logs_a_second:.0f} log records a second arriving; JavaScript heap after a collection, in MB, "
        "and nodes of the document:",
        "",
        f"| minute | {' | '.join(f'{each:.0f}' for each in minutes)} |",
        f"|---|{'---|' * len(minutes)}",
        *(f"| {each.page} | {' | '.join(_samples(each))} |" for each in live.pages),
        "",
    ]


def _samples(page: LivePage) -> Iterable[str]:
    return (f"{heap:.1f} ({nodes})" for heap, nodes in zip(page.heap_mb, page.nodes, strict=True))


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")
