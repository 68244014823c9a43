"""`sonde services`: who sends, how much, how fast, how often wrong."""

from __future__ import annotations

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


def command(
    format: FormatOption = None,
    export: ExportOption = None,
    time_range: TimeRangeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    url: UrlOption = None,
    data_dir: DataDirOption = None,
    api_key: KeyOption = None,
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
    from sonde.cli.source import open_source
    from sonde.cli.terminal import note

    params: dict[str, str | int] = dict(time_params(time_range, since, until))
    with open_source(read_settings(url, data_dir, api_key)) as source:
        listing = Listing(source, SERVICES, params)
        count = listing.write(chosen_format(format, export), export=export)
    if not listing.exact:
        note("spans sent twice may still count twice: much has arrived that the engine has yet to merge")
    if not count:
        nothing_found("services", "", params)
