"""`sonde generate`: plausible traffic to look at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import Server, grouped

if TYPE_CHECKING:
    from collections.abc import Callable

    from sonde.cli.sender import Sender
    from sonde.cli.traffic import Traffic
    from sonde.cli.traffic_records import Records

BATCH_TRACES = 200
LIVE_BATCH_S = 0.5


@grouped
def command(
    count: Annotated[int, typer.Option(min=1, help="How many requests (traces) to make.")] = 100,
    services: Annotated[str | None, typer.Option(help="Names of the services, separated by commas.")] = None,
    components: Annotated[
        str | None,
        typer.Option(
            help="Names of components, separated by commas. For tool, command, fragment and chat each "
            "request has such a record too."
        ),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.01, help="Send so many requests a second, as they happen.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed makes the same ids and shapes.")] = None,
    time_range: Annotated[str, typer.Option(metavar="1h", help="Spread the requests over this time.")] = "1h",
    end: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the last one happened. By default now.")
    ] = None,
    *,
    server: Server,
) -> None:
    """Make spans, logs, events, records and metrics of a web shop, with errors, and send them.

    They go by OTLP/HTTP through the OpenTelemetry exporters.
    With --seed and --end the very same records are sent each time.

    Examples:

      sonde generate

      sonde generate --count 5000 --time-range 24h --seed 7

      sonde generate --count 100 --components tool,command,fragment,chat

      sonde generate --count 600 --rate 10
    """
    from sonde.cli.source import open_source
    from sonde.cli.terminal import note
    from sonde.cli.traffic import SERVICES, Traffic
    from sonde.cli.traffic_records import Records
    from sonde.errors import BadRequest

    if rate is not None and end is not None:
        raise BadRequest("cannot use --rate together with --end", hint="--rate sends as it happens, now")
    settings = server.settings()
    window_ns = int(_seconds(time_range) * 1e9)
    end_ns = time.time_ns() if end is None else _unix_ns(end)
    seed = seed if seed is not None else time.time_ns()
    traffic = Traffic(seed, _names(services) or SERVICES, _names(components))
    records = Records(seed, _names(components))
    with open_source(settings, server_only="send traffic") as source:
        source.get_text("/healthz")
        assert source.server is not None
        address = source.server.url
    from sonde.cli.progress import bar
    from sonde.cli.sender import Sender

    sender = Sender(address, settings.api_key)
    try:
        with bar("requests", count) as advance:
            if rate is None:
                sent = _send_past(sender, traffic, records, count, end_ns - window_ns, end_ns, advance)
            else:
                sent = _send_live(sender, traffic, records, count, rate, advance)
    finally:
        sender.close()
    note(f"{count} traces sent to {address}: {sent[0]} spans, {sent[1]} log records, metrics")


def _send_past(
    sender: Sender,
    traffic: Traffic,
    records: Records,
    count: int,
    start_ns: int,
    end_ns: int,
    advance: Callable[[int], None],
) -> tuple[int, int]:
    from sonde.cli.traffic_metrics import Totals

    totals = Totals(start_ns)
    done = spans = logs = 0
    # Small batches for few requests, so that there is more than one point of each metric.
    size = max(1, min(BATCH_TRACES, count // 20))
    traces = traffic.traces(count, start_ns, end_ns)
    while batch := records.add_to([trace for _, trace in zip(range(size), traces, strict=False)]):
        sender.send(batch)
        totals.add(batch)
        sender.send_metrics(totals, batch[-1].spans[0].start_ns)
        done += len(batch)
        spans += sum(len(trace.spans) for trace in batch)
        logs += sum(len(trace.logs) for trace in batch)
        advance(done)
    return spans, logs


def _send_live(
    sender: Sender,
    traffic: Traffic,
    records: Records,
    count: int,
    rate: float,
    advance: Callable[[int], None],
) -> tuple[int, int]:
    from sonde.cli.traffic_metrics import Totals

    began = time.monotonic()
    totals = Totals(time.time_ns())
    done = spans = logs = 0
    while done < count:
        due = min(count, int((time.monotonic() - began) * rate) + 1)
        if due > done:
            # They end about now: a request is reported when it is over.
            batch = [traffic.trace(time.time_ns() - 300_000_000) for _ in range(due - done)]
            batch = records.add_to(batch)
            sender.send(batch)
            totals.add(batch)
            sender.send_metrics(totals, time.time_ns())
            done = due
            spans += sum(len(trace.spans) for trace in batch)
            logs += sum(len(trace.logs) for trace in batch)
            advance(done)
        if done < count:
            time.sleep(max(LIVE_BATCH_S, 1 / rate))
    return spans, logs


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _seconds(text: str) -> float:
    from sonde.cli.times import relative_s
    from sonde.errors import BadRequest

    seconds = relative_s(text)
    if seconds is None:
        raise BadRequest(
            f"cannot use {text!r} for --time-range", hint="a number and a unit: 90s, 15m, 24h, 7d, 2w"
        )
    return seconds


def _unix_ns(text: str) -> int:
    from datetime import datetime

    from sonde.errors import BadRequest

    try:
        return int(datetime.fromisoformat(text).astimezone().timestamp() * 1e9)
    except ValueError:
        raise BadRequest(
            f"cannot use {text!r} for --end", hint="e.g. 2026-05-01T14:00 (local) or …Z"
        ) from None
