"""`sonde audit`: who asked for which link."""

from __future__ import annotations

from typing import Annotated

import typer

from sonde.cli.groups import Output, Paging, Server, Times, grouped

_FILTER = "Filters (all must match)"


@grouped
def command(
    action: Annotated[
        str | None,
        typer.Option(
            help="Only read, history, search, redirect, click, write or token.", rich_help_panel=_FILTER
        ),
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
    *,
    paging: Paging,
    output: Output,
    times: Times,
    server: Server,
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

    params = times.params() | paging.params()
    wanted = {
        "action": action,
        "result": result,
        "type": entity_type,
        "id": entity_id,
        "key": key,
    }
    params |= {name: value for name, value in wanted.items() if value}
    with server.open() as source:
        listing = Listing(source, AUDIT, params)
        count = listing.write(output.shape(), export=output.export, everything=paging.all)
    if not count and listing.next_cursor is None:
        nothing_found("accesses", "", params)
