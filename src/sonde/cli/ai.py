"""`sonde ai`: tokens and cost of AI calls, sessions as conversations, and single calls."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.groups import Output, Paging, Server, Times, grouped
from sonde.cli.options import (
    Format,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.text import Text

    from sonde.cli.table import Row

app = typer.Typer(invoke_without_command=True)

_SHOWN = 2_000
_ANSWER = {"assistant": "green", "model": "green", "user": "bold", "tool": "cyan"}


class By(StrEnum):
    """What usage is summed up by."""

    PROVIDER = "provider"
    MODEL = "model"
    OPERATION = "operation"
    SESSION = "session"
    USER = "user"
    ENTITY = "entity"
    DAY = "day"
    COMPONENT = "component"


class Sort(StrEnum):
    """Which calls come first."""

    NEWEST = "newest"
    SLOW = "slow"
    FAILING = "failing"
    TRUNCATED = "truncated"
    EXPENSIVE = "expensive"


SearchOption = Annotated[str, typer.Option("--search", "-q", help="Only of calls whose span matches.")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Rows at most.")]


@app.callback()
@grouped
def command(
    context: typer.Context,
    by: Annotated[By, typer.Option(help="What rows are made of.", case_sensitive=False)] = By.MODEL,
    search: SearchOption = "",
    limit: LimitOption = None,
    *,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """Show tokens, calls, errors and cost of AI calls; `sessions`, `show SESSION` and `calls` look closer.

    The cost is computed from the prices of now; models without one are named below. Exits with 1 when there
    are no calls.

    Examples:

      sonde ai --by user --time-range 7d

      sonde ai --by day --since 30d --format csv

      sonde ai -q 'gen_ai.provider.name:openai'
    """
    if context.invoked_subcommand is not None:
        return
    from sonde.cli.ai_columns import AI_USAGE, counted_calls, dollars
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.listing import destination
    from sonde.cli.query import caret_under, nothing_found
    from sonde.cli.table import Table, print_lines
    from sonde.cli.terminal import harmless, harmless_json, note, out

    params = times.params()
    params |= {"by": by.value, "limit": limit or 1000} | ({"q": search.strip()} if search.strip() else {})
    shape = output.shape()
    with server.open() as source, caret_under(search):
        text = source.get_text(AI_USAGE.path, params)
    usage = json.loads(text)
    if shape is Format.TABLE:
        console = out()
        if usage["rows"]:
            print_lines(Table(AI_USAGE.columns(usage["rows"]), console.width).lines(usage["rows"]), console)
            prices, total = usage["prices"], usage["total"]
            note(
                f"{counted_calls(total['calls'])}, {dollars(total['costUsd']) or 'no cost known'}; "
                f"prices of {prices['package']} {prices['version']}, the newest of {prices['date']}"
            )
        for model in usage["unknownModels"]:
            named = harmless(f"{model['provider'] or '(no provider)'} {model['model'] or '(no model)'}")
            note(f"no price is known of {named}: {counted_calls(model['calls'])}")
        if usage["rowCount"] > len(usage["rows"]):
            note(f"only the first {len(usage['rows'])} of {usage['rowCount']:,}: --limit shows more")
    else:
        with destination(output.export) as file:
            if shape is Format.JSON:
                file.write(harmless_json(text) + "\n")
            else:
                CsvWriter(file, AI_USAGE.csv).rows(usage["rows"])
    if not usage["rows"]:
        nothing_found("AI calls", search, params)


@app.command("sessions")
@grouped
def sessions(
    search: SearchOption = "",
    *,
    paging: Paging,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List sessions of AI calls, the last active first, with tokens and cost.

    Exits with 1 when there are none.

    Example:

      sonde ai sessions --time-range 7d
    """
    from sonde.cli.ai_columns import AI_SESSIONS
    from sonde.cli.listing import Listing
    from sonde.cli.query import caret_under, nothing_found

    params = times.params() | paging.params()
    if search.strip():
        params["q"] = search.strip()
    with server.open() as source, caret_under(search):
        listing = Listing(source, AI_SESSIONS, params)
        count = listing.write(output.shape(), export=output.export, everything=paging.all)
    if not count:
        nothing_found("sessions", search, params)


@app.command("calls")
@grouped
def calls(
    sort: Annotated[
        Sort, typer.Option(help="Which come first; or only those that failed or were cut off.")
    ] = Sort.NEWEST,
    search: SearchOption = "",
    limit: LimitOption = 100,
    *,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List single AI calls: the slowest, the dearest, those that failed or that were cut off.

    Exits with 1 when there are none.

    Examples:

      sonde ai calls --sort expensive --limit 20

      sonde ai calls --sort failing --time-range 1h
    """
    from sonde.cli.ai_columns import AI_CALLS
    from sonde.cli.listing import Listing
    from sonde.cli.query import caret_under, nothing_found

    params = times.params()
    params |= {"sort": sort.value, "limit": limit or 100} | ({"q": search.strip()} if search.strip() else {})
    with server.open() as source, caret_under(search):
        count = Listing(source, AI_CALLS, params).write(output.shape(), export=output.export)
    if not count:
        nothing_found("AI calls", search, params)


@app.command("show")
@grouped
def show(
    session: Annotated[str, typer.Argument(help="Id of the session.", show_default=False)],
    limit: Annotated[int | None, typer.Option(min=1, help="Calls and tools at most. By default 100.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Go on where an earlier answer ended.")] = None,
    *,
    output: Output,
    server: Server,
) -> None:
    """Show one session as a conversation: messages and tool calls in order, with tokens and cost; and the
    commands that show what it belongs to.

    Exits with 1 when there is no such session.

    Examples:

      sonde ai show conv_42

      sonde ai show conv_42 --format json | jq '.turns[].costUsd'
    """
    from sonde.id_paths import id_in_path

    shape = output.shape()
    params: dict[str, str | int] = {} if cursor is None else {"cursor": cursor}
    if limit is not None:
        params["limit"] = limit
    with server.open() as source:
        text = source.get_text(f"/api/v1/ai/sessions/{id_in_path(session)}", params)
    _write(text, shape, output.export)


def _write(text: str, shape: Format, export: Path | None) -> None:
    from sonde.cli.about import ABOUT_CSV
    from sonde.cli.ai_columns import AI_CALLS
    from sonde.cli.csv_text import CsvWriter
    from sonde.cli.listing import destination
    from sonde.cli.table import print_lines
    from sonde.cli.terminal import harmless_json, note, out

    told = json.loads(text)
    if shape is Format.TABLE:
        print_lines(_conversation(told), out())
        if told["nextCursor"]:
            note(f"it goes on: --cursor {told['nextCursor']}")
        return
    with destination(export) as file:
        if shape is Format.JSON:
            file.write(harmless_json(text) + "\n")
        else:
            # What the session belongs to is told with each of its turns.
            whole = {"entities": told["entities"], **told["about"]}
            writer = CsvWriter(file, ("kind", "tool", *AI_CALLS.csv, "entities", *ABOUT_CSV))
            writer.rows([{**turn, **whole} for turn in told["turns"]])


def _conversation(told: Row) -> Iterator[Text]:
    """A session in lines."""
    from rich.text import Text

    from sonde.cli import about
    from sonde.cli.ai_columns import counted_calls, dollars
    from sonde.cli.terminal import harmless

    yield Text(f"session  {harmless(told['sessionId'])}", style="bold")
    facts = [
        counted_calls(told["calls"]),
        *([f"{told['errors']:,} failed"] if told["errors"] else []),
        f"{told['inputTokens']:,} tokens in ({told['cachedTokens']:,} cached), {told['outputTokens']:,} out",
        dollars(told["costUsd"]) or "no cost known",
        *([f"user {harmless(told['userId'])}"] if told["userId"] else []),
    ]
    yield Text("  ".join(facts), style="dim")
    concerns = [
        *map(about.run, told["runIds"]),
        *about.surroundings(told["about"]),
        *about.entities(told["entities"]),
        *about.traces(told["traceIds"]),
    ]
    yield from about.lines(concerns, {"trace": told["traceCount"]})
    for turn in told["turns"]:
        yield Text()
        yield from _turn(turn)


def _turn(turn: Row) -> Iterator[Text]:
    from rich.text import Text

    from sonde.cli.ai_columns import dollars
    from sonde.cli.columns import SHORT_TRACE_ID, unix_ns
    from sonde.cli.terminal import harmless
    from sonde.cli.times import duration, local_time

    head = Text(local_time(unix_ns(turn), with_date=True) + "  ", style="dim")
    head.append(harmless(turn["tool"] or turn["model"] or turn["operation"]), style="bold")
    facts = [duration(turn["durationNs"])]
    if turn["kind"] == "call":
        facts += [f"{turn['inputTokens']:,} in, {turn['outputTokens']:,} out", dollars(turn["costUsd"])]
    head.append(f"  {'  '.join(each for each in facts if each)}  ")
    head.append("cut off  " if turn["truncated"] else "", style="yellow")
    yield head.append(f"trace {turn['traceId'][:SHORT_TRACE_ID]}  span {turn['spanId']}", style="cyan")
    if turn["status"] == "error":
        is_told = turn["message"].startswith(turn["errorType"])
        why = turn["message"] if is_told else f"{turn['errorType']} {turn['message']}".strip()
        yield Text(f"  failed  {harmless(why)}", style="bold red")
    elif turn["kind"] == "call" and not turn["messages"] and not turn["repeatedMessages"]:
        yield Text("  (what was said is not recorded: SONDE_AI_CONTENT switches it on)", style="dim")
    if turn["repeatedMessages"]:
        yield Text(f"  ({turn['repeatedMessages']} messages from before)", style="dim")
    for message in turn["messages"]:
        role = harmless(message["role"])
        for part in message["parts"]:
            line = Text(f"  {role}  ", style=_ANSWER.get(message["role"], "dim"))
            if part["kind"] != "text":
                named = f"{part['kind']} {part['name']}".strip()
                line.append(f"[{harmless(named)}] ", style="dim")
            text, left = part["text"][:_SHOWN], len(part["text"][_SHOWN:]) + part["cutChars"]
            line.append(harmless(text.replace("\n", " ⏎ ")))
            if left:
                line.append(f" … {left:,} more characters", style="dim")
            yield line
