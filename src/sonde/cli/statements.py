"""`sonde statements`: database statements by the time they took."""

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
        typer.Argument(help="Only among spans that match, e.g. 'service:checkout'.", show_default=False),
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Rows at most. By default 1000.")] = None,
    format: FormatOption = None,
    export: ExportOption = None,
    time_range: TimeRangeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    url: UrlOption = None,
    data_dir: DataDirOption = None,
    api_key: KeyOption = None,
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
    from sonde.cli.source import open_source

    params: dict[str, str | int] = dict(time_params(time_range, since, until))
    if search.strip():
        params["q"] = search.strip()
    if limit is not None:
        params["limit"] = limit
    with open_source(read_settings(url, data_dir, api_key)) as source, caret_under(search):
        count = Listing(source, STATEMENTS, params).write(chosen_format(format, export), export=export)
    if not count:
        nothing_found("statements", search, params)
