"""`sonde verify`: does what is recorded keep a contract?"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import Server, Times, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sonde.cli.source import Source
    from sonde.cli.stored_traces import Wanted
    from sonde.records import EventRecord
    from sonde.verify import Contract, Finding, Report

STANDARD_INPUT = Path("-")
SHOWN_PER_RULE = 10
EMITTED_PER_RULE = 100


class ReportFormat(StrEnum):
    """How the report is written."""

    TABLE = "table"
    JSON = "json"


@grouped
def command(
    contract: Annotated[
        Path, typer.Argument(help="The contract, a YAML file; `-` reads standard input.", show_default=False)
    ],
    search: Annotated[
        str, typer.Argument(help="Only traces with a span that this finds.", show_default=False)
    ] = "",
    orchestration: Annotated[
        str | None, typer.Option("--orchestration", metavar="ID", help="Only the traces of this one.")
    ] = None,
    format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to write the report.", case_sensitive=False)
    ] = ReportFormat.TABLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, and record no violation.")] = False,
    *,
    times: Times,
    server: Server,
) -> None:
    """Check recorded traces against a contract.

    Each violation is shown, and recorded on the server as an event `consistency.violation` that carries the
    traces; one that is recorded already is not recorded again, nor is one that a program recorded itself.
    What the contract selects counts unless it is given here.

    Exits with 1 when a rule does not hold or there is no such orchestration, with 2 when the contract cannot
    be read.

    Examples:

      sonde verify contract.yaml

      sonde verify contract.yaml --orchestration orc_1 --dry-run

      sonde verify contract.yaml 'service:checkout' --time-range 1h --format json

      sonde verify - < contract.yaml
    """
    from sonde.cli.exits import ExitCode
    from sonde.cli.progress import spinner
    from sonde.cli.query import caret_under
    from sonde.cli.stored_traces import read_traces
    from sonde.verify import check

    asked = _read(contract)
    wanted = _wanted(asked, search, orchestration, times)
    with server.open() as source:
        with spinner("reading traces"), caret_under(wanted.q):
            traces = read_traces(source, wanted)
            if wanted.orchestration and not (traces.spans or traces.events):
                _require_something(source, wanted)
        report = check(asked, traces)
        recorded = 0 if dry_run or report.holds else _record(source, report, wanted.time)
    if format is ReportFormat.JSON:
        sys.stdout.write(json.dumps({**report.to_json(), "recorded": recorded}, ensure_ascii=False) + "\n")
    else:
        _show(report)
    if not report.holds:
        raise typer.Exit(ExitCode.NOTHING)


def _read(path: Path) -> Contract:
    from sonde.errors import BadRequest
    from sonde.verify import read_contract

    name = "<standard input>" if path == STANDARD_INPUT else str(path)
    try:
        written = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
        text = written.decode("utf-8")
    except OSError as error:
        raise BadRequest(f"cannot read the contract {name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadRequest(f"cannot read the contract {name}: it is no UTF-8 text") from None
    return read_contract(text, name)


def _wanted(contract: Contract, search: str, orchestration: str | None, times: Times) -> Wanted:
    """What to read: each of search, orchestration and time as given here, else as the contract has it."""
    from sonde.cli.stored_traces import Wanted

    select = contract.select
    if times == Times():
        times = Times(select.time_range or None, select.since or None, select.until or None)
    return Wanted(
        times.bounds(),
        search.strip() or select.q,
        select.orchestration if orchestration is None else orchestration,
    )


def _require_something(source: Source, wanted: Wanted) -> None:
    """Raise what says why nothing of the orchestration was read, unless it is the search."""
    from sonde.cli.query import span_of_time
    from sonde.errors import NotFound
    from sonde.id_paths import id_in_path

    # Refused, with a sentence of the API's, where there is none.
    source.get(f"/api/v1/orchestrations/{id_in_path(wanted.orchestration)}", {"limit": 1})
    if not wanted.q:
        when = span_of_time(dict(wanted.time)) or " in the last 24h"
        raise NotFound(
            f"nothing happened in the orchestration {wanted.orchestration[:100]}{when}",
            hint="give it more time, as --time-range 7d, or as `time_range` of the contract's `select`",
        )


def _record(source: Source, report: Report, time: Mapping[str, str]) -> int:
    """Record the violations that are not recorded yet; how many."""
    from sonde import semconv
    from sonde.cli.stored_traces import VERIFIER, recorded_violations
    from sonde.cli.terminal import note
    from sonde.sdk.client import Client

    if source.server is None:
        note("no server runs: the violations are not recorded")
        return 0
    since = {"since": time["since"]} if "since" in time else {}
    known = {_identity(event) for event in recorded_violations(source, semconv.VIOLATION_EVENT, since)}
    fresh = [
        event
        for result in report.results
        for event in (_event(each) for each in result.findings[:EMITTED_PER_RULE] if not each.is_recorded)
        if _identity(event) not in known
    ]
    with Client(source.server.url, api_key=source.settings.api_key, service_name=VERIFIER) as client:
        for event in fresh:
            client.record_event(event)
    return len(fresh)


def _event(finding: Finding) -> EventRecord:
    from sonde import semconv
    from sonde.cli.stored_traces import VERIFIER
    from sonde.records import EventRecord

    return EventRecord(
        trace_id=finding.trace_ids[0] if finding.trace_ids else "",
        span_id=finding.span_id,
        orchestration_id=finding.orchestration_id,
        component=VERIFIER,
        event_type=semconv.VIOLATION_EVENT,
        severity="error",
        status="error",
        message=f"{finding.rule}: {finding.message}",
        attrs={
            semconv.VIOLATION_RULE: finding.rule,
            semconv.VIOLATION_TRACE_IDS: list(finding.trace_ids),
        },
    )


def _identity(event: EventRecord) -> tuple[object, ...]:
    """What tells violations from each other; lists come back from the store as JSON."""
    from sonde import semconv

    trace_ids = event.attrs.get(semconv.VIOLATION_TRACE_IDS, "")
    if not isinstance(trace_ids, str):
        trace_ids = json.dumps(trace_ids, separators=(",", ":"))
    return event.message, event.span_id, event.attrs.get(semconv.VIOLATION_RULE), trace_ids


def _show(report: Report) -> None:
    from rich.text import Text

    from sonde.cli.terminal import harmless, note, out
    from sonde.cli.times import iso_to_ns, local_time

    console = out()
    for result in report.results:
        if result.findings:
            mark = ("FAIL", "bold red")
            counted = f"{len(result.findings)} of {result.checked}" if result.checked else "nothing to check"
        else:
            mark = ("ok  ", "green") if result.checked else ("ok  ", "dim")
            counted = str(result.checked) if result.checked else "nothing to check"
        running = f", {result.running} still running" if result.running else ""
        line = Text.assemble(mark, f"  {harmless(result.rule)}", (f"  {counted}{running}", "dim"))
        console.print(line, soft_wrap=True)
        for finding in result.findings[:SHOWN_PER_RULE]:
            traces = f"  {' '.join(finding.trace_ids[:3])}" + (" …" if len(finding.trace_ids) > 3 else "")
            span = f"  span {finding.span_id}" if finding.span_id else ""
            at = f"{local_time(iso_to_ns(finding.at), with_date=True)}  " if finding.at else ""
            told = Text.assemble(
                "      ", (at, "dim"), harmless(finding.message), (f"{traces.rstrip()}{span}", "dim")
            )
            console.print(told, soft_wrap=True)
        more = len(result.findings) - SHOWN_PER_RULE
        if more > 0:
            console.print(Text(f"      … and {more} more: --format json has all", style="dim"))
    note(f"{report.contract}: {report.traces} traces, {report.spans} spans, {report.events} events")
