"""`sonde statements`: database statements by the time they took."""

from __future__ import annotations

from typing import Annotated

import typer

from sonde.cli.groups import Output, Server, Times, grouped


@grouped
def command(
    search: Annotated[
        str,
        typer.Argument(help="Only among spans that match, e.g. 'service:checkout'.", show_default=False),
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Rows at most. By default 1000.")] = None,
    *,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List database statements, those that took most time in all first, each with its slowest trace.

    Exits with 1 when there are none.

    Examples:

      sonde statements --time-range 1h --limit 20

      sonde statements 'db.system.name:postgresql duration:>50ms'
    """
    from sonde.cli.columns import STATEMENTS
    from sonde.cli.listing import Listing
    from sonde.cli.query import caret_under, nothing_found

    params = times.params()
    if search.strip():
        params["q"] = search.strip()
    if limit is not None:
        params["limit"] = limit
    with server.open() as source, caret_under(search):
        count = Listing(source, STATEMENTS, params).write(output.shape(), export=output.export)
    if not count:
        nothing_found("statements", search, params)
