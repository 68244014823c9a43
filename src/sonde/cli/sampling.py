"""`sonde sampling`: what sampling kept, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from sonde.cli.groups import Output, Server, Times, grouped


@grouped
def command(
    search: Annotated[
        str,
        typer.Argument(help="Only among spans that match, e.g. 'component:daemon'.", show_default=False),
    ] = "",
    kept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REASON",
            help="Only operations of which a span was kept for this: ratio, forced, error, slow, unsampled; "
            "may be repeated.",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows at most. By default 1000.")] = None,
    *,
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List operations with how many of their spans were kept and why, and how many these stand for.

    Exits with 1 when there are none.

    Examples:

      sonde sampling --time-range 1h

      sonde sampling --kept forced 'service:checkout'
    """
    from sonde.cli.columns import SAMPLING
    from sonde.cli.listing import Listing
    from sonde.cli.query import caret_under, nothing_found

    params = times.params()
    wanted = {"q": search.strip(), "kept": ",".join(kept or ())}
    params |= {name: value for name, value in wanted.items() if value}
    if limit is not None:
        params["limit"] = limit
    with server.open() as source, caret_under(search):
        count = Listing(source, SAMPLING, params).write(output.shape(), export=output.export)
    if not count:
        nothing_found("spans", search, params)
