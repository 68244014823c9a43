"""`sonde services`: who sends, how much, how fast, how often wrong."""

from __future__ import annotations

from sonde.cli.groups import Output, Server, Times, grouped


@grouped
def command(
    output: Output,
    times: Times,
    server: Server,
) -> None:
    """List services with their spans, errors and latencies.

    Exits with 1 when there are none.

    Examples:

      sonde services

      sonde services --time-range 15m --format json
    """
    from sonde.cli.columns import SERVICES
    from sonde.cli.listing import Listing
    from sonde.cli.query import nothing_found
    from sonde.cli.terminal import note

    params = times.params()
    with server.open() as source:
        listing = Listing(source, SERVICES, params)
        count = listing.write(output.shape(), export=output.export)
    if not listing.exact:
        note("spans sent twice may still count twice: much has arrived that the engine has yet to merge")
    if not count:
        nothing_found("services", "", params)
