"""`sonde query`: spans, traces, events, logs by search."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from sonde.cli.groups import Output, Paging, Server, Times, grouped


class RecordType(StrEnum):
    """What `sonde query` lists."""

    SPANS = "spans"
    TRACES = "traces"
    EVENTS = "events"
    LOGS = "logs"
    METRICS = "metrics"


_FILTER = "Filters (all must match)"


@grouped
def command(
    search: Annotated[
        str,
        typer.Argument(help="What to look for, e.g. 'service:checkout duration:>200ms'.", show_default=False),
    ] = "",
    type: Annotated[
        RecordType, typer.Option("--type", "-t", help="Which records to list.", case_sensitive=False)
    ] = RecordType.SPANS,
    component: Annotated[
        str | None, typer.Option(help="Only this component.", rich_help_panel=_FILTER)
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(
            help="Only this severity: error, warn, … or '>=warn'. Spans know error alone.",
            rich_help_panel=_FILTER,
        ),
    ] = None,
    event_type: Annotated[
        str | None, typer.Option(help="Only events of this name.", rich_help_panel=_FILTER)
    ] = None,
    correlation_id: Annotated[
        str | None, typer.Option(help="Only what bears this correlation id.", rich_help_panel=_FILTER)
    ] = None,
    *,
    paging: Paging,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List spans, traces, events, logs or metrics, newest first.

    Exits with 1 when nothing matches.

    Examples:

      sonde query 'status:error service:checkout' --time-range 1h

      sonde query --type logs --level '>=warn' '/time.?out/'

      sonde query --type traces 'duration:>2s (user.id:42 OR user.id:43)'

      sonde query --type events --event-type state.transition --all --export events.csv
    """
    from sonde.cli.columns import EVENTS, LOGS, METRICS, SPANS, TRACES
    from sonde.cli.listing import Listing

    kinds = {
        RecordType.SPANS: SPANS,
        RecordType.TRACES: TRACES,
        RecordType.EVENTS: EVENTS,
        RecordType.LOGS: LOGS,
        RecordType.METRICS: METRICS,
    }
    kind = kinds[type]
    params = times.params() | paging.params()
    whole = whole_search(search, type, component, level, event_type, correlation_id)
    if whole:
        params["q"] = whole
    with server.open() as source, caret_under(search.strip(), whole):
        count = Listing(source, kind, params).write(
            output.shape(), export=output.export, everything=paging.all and kind.paged
        )
    if not count:
        nothing_found(kind.noun, whole, params)


def whole_search(
    search: str,
    type: RecordType,
    component: str | None = None,
    level: str | None = None,
    event_type: str | None = None,
    correlation_id: str | None = None,
) -> str:
    """The search with the filters added, in the search syntax. Raises BadRequest for a filter that
    such records don't have."""
    from sonde.errors import BadRequest

    filters: list[str] = []
    if component is not None:
        filters.append(f"component:{quoted(component)}")
    if level is not None and type in (RecordType.SPANS, RecordType.TRACES):
        if level.lower() != "error":
            raise BadRequest(
                f"cannot use --level {level}: {type} know error alone", hint="use --type logs or events"
            )
        filters.append("status:error")
    elif level is not None:
        operator = level[: len(level) - len(level.lstrip("<>="))]
        filters.append(f"level:{operator}{quoted(level[len(operator) :])}")
    if event_type is not None:
        filters.append(f"event:{quoted(event_type)}")
    if correlation_id is not None:
        filters.append(f"correlation:{quoted(correlation_id)}")
    if type is RecordType.METRICS and (level or event_type or correlation_id):
        raise BadRequest(
            "cannot use --level, --event-type or --correlation-id with --type metrics",
            hint="metrics have none of these; search them by service, component and attributes",
        )
    if not filters:
        return search.strip()
    return " ".join([f"({search.strip()})" if search.strip() else "", *filters]).strip()


def quoted(text: str) -> str:
    """A text as a value of the search syntax, nothing in it special."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def caret_under(typed: str, sent: str | None = None) -> Generator[None]:
    """Give an error that points into a search the search itself, to be shown with it.

    `sent` is what was asked for where filters were added to what was typed."""
    from sonde.errors import SearchSyntaxError, ServerRefused

    try:
        yield
    except ServerRefused as error:
        if error.position is None:
            raise
        error.search = typed if sent is None else sent
        if sent != typed:
            # The server points into the search with the filters: find the place in what was typed.
            from sonde.query.search.parser import parse

            try:
                parse(typed)
            except SearchSyntaxError as own:
                error.message, error.position, error.search = own.message, own.position, typed
        raise


def span_of_time(params: dict[str, str | int]) -> str:
    """The time that was looked at, to follow a noun: ` in the last 24h`."""
    since, until = str(params.get("since", "")), str(params.get("until", ""))
    if since and not until and since[-1].isalpha() and since[:-1].isdigit():
        return f" in the last {since}"
    return (f" since {since}" if since else "") + (f" until {until}" if until else "")


_FILTERS = {
    "job": "--job",
    "status": "--status",
    "trigger": "--trigger",
    "userId": "--user",
    "ip": "--ip",
    "component": "--component",
    "violations": "--violations",
    "minDurationMs": "at least ms",
    "maxDurationMs": "at most ms",
}
"""Filters of the API, and how they are named where they left nothing."""


def nothing_found(noun: str, search: str, params: dict[str, str | int], statuses: Sequence[str] = ()) -> None:
    """Say what was looked at, and of which other statuses there are some; exit with the code for nothing."""
    from sonde.cli.exits import ExitCode
    from sonde.cli.terminal import note

    chosen = [f"{name} {value}" for key, name in _FILTERS.items() if (value := params.get(key, ""))]
    asked = f" with {', '.join(chosen)}" if chosen else ""
    note(f"no {noun}{span_of_time(params)}{asked}{f' match {search}' if search else ''}")
    if statuses:
        note(f"hint: there are such with --status {', '.join(statuses)}")
    raise typer.Exit(ExitCode.NOTHING)
