"""The figures of the SDK as a section of the page of results."""

from __future__ import annotations

from bench.sdk.figures import Cost, SdkFigures

HEADING = "## The SDK"


def sdk_section(figures: SdkFigures, command: str) -> list[str]:
    """Lines of Markdown, from the heading on."""
    requests, plain = figures.requests
    more_bytes = requests.resident_bytes - plain.resident_bytes
    rows = [
        ("a FastAPI request more, p50", f"{requests.p50_ms - plain.p50_ms:.2f} ms", "5 ms"),
        ("a FastAPI request more, p99", f"{requests.p99_ms - plain.p99_ms:.2f} ms", "5 ms"),
        ("memory more under that load", f"{more_bytes / 1e6:.1f} MB", "10 MB"),
        ("a span against the bare SDK", _ratio(figures.spans), "1.15 x"),
        ("a log against the bare SDK", _ratio(figures.logs), "1.15 x"),
        ("`import sonde`", f"{figures.import_s * 1e3:.0f} ms", "250 ms"),
    ]
    return [
        HEADING,
        "",
        f"Written by `{command}`; both sides took turns in this run. The bare SDK is OpenTelemetry's with "
        "its batching processor and OTLP/HTTP exporter; both send to a server that reads and answers.",
        "",
        "| | measured | at most |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "| CPU a record | Sonde, caller | bare, caller | ratio | Sonde, process | bare, process | ratio |",
        "|---|---|---|---|---|---|---|",
        _costs("span", figures.spans),
        _costs("log", figures.logs),
        "",
        "The caller is the thread that makes the record; the process counts encoding and sending it too.",
        "",
        f"| {figures.request_count:,} requests".replace(",", " ") + " | p50 | p99 | resident |",
        "|---|---|---|---|",
        f"| with Sonde | {requests.p50_ms:.2f} ms | {requests.p99_ms:.2f} ms | "
        f"{requests.resident_bytes / 1e6:.1f} MB |",
        f"| without | {plain.p50_ms:.2f} ms | {plain.p99_ms:.2f} ms | {plain.resident_bytes / 1e6:.1f} MB |",
        "",
        f"For comparison, importing OpenTelemetry's API alone took {figures.import_api_s * 1e3:.0f} ms.",
        "",
    ]


def _ratio(costs: tuple[Cost, Cost]) -> str:
    ours, bare = costs
    return f"{ours.caller_ns / bare.caller_ns:.2f} x ({ours.process_ns / bare.process_ns:.2f} x with sending)"


def _costs(name: str, costs: tuple[Cost, Cost]) -> str:
    ours, bare = costs
    cells = [
        name,
        f"{ours.caller_ns / 1e3:.1f} us",
        f"{bare.caller_ns / 1e3:.1f} us",
        f"{ours.caller_ns / bare.caller_ns:.2f}",
        f"{ours.process_ns / 1e3:.1f} us",
        f"{bare.process_ns / 1e3:.1f} us",
        f"{ours.process_ns / bare.process_ns:.2f}",
    ]
    return f"| {' | '.join(cells)} |"
