"""`sonde audit`: who asked for which link."""

from __future__ import annotations

from typing import Annotated

import typer

from sonde.cli.options import (
    DataDirOption,
    ExportOption,
    FormatOption,
    KeyOption,
    SinceOption,
    TimeRangeOption,
    UntilOption,
    UrlOption,
    chosen_format,
    read_settings,
    time_params,
)

_FILTER = "Filters (all must match)"


def command(
    action: Annotated[
        str | None,
        typer.Option(help="Only read, history, redirect, click, write or token.", rich_help_panel=_FILTER),
    ] = None,
    result: Annotated[
        str | None,
        typer.Option(
            help="Only found, unknown, expired, forbidden, unauthenticated, stored, issued or error.",
            rich_help_panel=_FILTER,
        ),
    ] = None,
    entity_type: Annotated[
        str | None, typer.Option("--type", help="Only of entities of this type.", rich_help_panel=_FILTER)
    ] = None,
    entity_id: Annotated[
        str | None, typer.Option("--id", help="Only of the entity with this id.", rich_help_panel=_FILTER)
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Only with the key of this id.", rich_help_panel=_FILTER)
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Rows at most; with --all, rows of one request. By default 100.")
    ] = None,
    cursor: Annotated[str | None, typer.Option(help="Go on where an earlier answer ended.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Every row, page by page.")] = False,
    format: FormatOption = None,
    export: ExportOption = None,
    time_range: TimeRangeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    url: UrlOption = None,
    data_dir: DataDirOption = None,
    api_key: KeyOption = None,
) -> None:
    """List who asked for the link of which entity, when, from where, and what was answered; newest first.

    Needs a key with the scope admin. Exits with 1 when there is nothing.

    Examples:

      sonde audit --type payment --id pym_123 --time-range 30d

      sonde audit --result forbidden --format csv --export refused.csv
    """
    from sonde.cli.columns import AUDIT
    from sonde.cli.listing import Listing
    from sonde.cli.query import nothing_found
    from sonde.cli.source import open_source

    params: dict[str, str | int] = dict(time_params(time_range, since, until))
    wanted = {
        "action": action,
        "result": result,
        "type": entity_type,
        "id": entity_id,
        "key": key,
        "cursor": cursor,
    }
    params |= {name: value for name, value in wanted.items() if value}
    if limit is not None:
        params["limit"] = limit
    with open_source(read_settings(url, data_dir, api_key)) as source:
        listing = Listing(source, AUDIT, params)
        count = listing.write(chosen_format(format, export), export=export, everything=all)
    if not count and listing.next_cursor is None:
        nothing_found("accesses", "", params)
