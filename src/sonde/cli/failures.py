"""`sonde errors`: failures that are alike, as one."""

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


def command(
    search: Annotated[
        str,
        typer.Argument(help="Only among what matches, e.g. 'service:checkout'.", show_default=False),
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Rows at most. By default 100.")] = None,
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
    """List failures in groups that are alike, with how often, since when, and a trace of each.

    Exits with 1 when there are none.

    Examples:

      sonde errors --time-range 1h

      sonde errors 'service:checkout' --format json
    """
    from sonde.cli.columns import ERRORS
    from sonde.cli.listing import Listing
    from sonde.cli.query import caret_under, nothing_found
    from sonde.cli.source import open_source

    params: dict[str, str | int] = dict(time_params(time_range, since, until))
    params |= {name: value for name, value in (("q", search.strip()), ("cursor", cursor or "")) if value}
    if limit is not None:
        params["limit"] = limit
    with open_source(read_settings(url, data_dir, api_key)) as source, caret_under(search):
        listing = Listing(source, ERRORS, params)
        count = listing.write(chosen_format(format, export), export=export, everything=all)
    if not count:
        nothing_found("errors", search, params)
