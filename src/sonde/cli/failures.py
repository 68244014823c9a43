"""`sonde errors`: failures that are alike, as one."""

from __future__ import annotations

from typing import Annotated

import typer

from sonde.cli.groups import Output, Paging, Server, Times, grouped


@grouped
def command(
    search: Annotated[
        str,
        typer.Argument(help="Only among what matches, e.g. 'service:checkout'.", show_default=False),
    ] = "",
    *,
    paging: Paging,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List failures in groups that are alike, with how often, since when, and a trace of each.

    Exits with 1 when there are none.

    Examples:

      sonde errors --time-range 1h

      sonde errors 'service:checkout' --format json
    """
    from sonde.cli.columns import ERRORS
    from sonde.cli.listing import Listing
    from sonde.cli.query import caret_under, nothing_found

    params = times.params() | paging.params()
    if search.strip():
        params["q"] = search.strip()
    with server.open() as source, caret_under(search):
        listing = Listing(source, ERRORS, params)
        count = listing.write(output.shape(), export=output.export, everything=paging.all)
    if not count:
        nothing_found("errors", search, params)
