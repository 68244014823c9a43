"""The options that several commands share, and the settings they make."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sonde.settings import Settings


class Format(StrEnum):
    """How a command writes its answer."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


_SERVER = "Which server"
TIME_PANEL = "Which time"

UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="Server to ask, like SONDE_URL. By default the one that holds the data directory, "
        "else port 4318 here, else the store itself.",
        rich_help_panel=_SERVER,
    ),
]
DataDirOption = Annotated[
    str | None,
    typer.Option(
        "--data-dir", metavar="PATH", help="Data directory, like SONDE_DATA_DIR.", rich_help_panel=_SERVER
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        metavar="KEY",
        help="Key to send. Better in SONDE_API_KEY: others on the machine can read command lines.",
        rich_help_panel=_SERVER,
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="How to write the answer. By default a table.", case_sensitive=False),
]
TimeRangeOption = Annotated[
    str | None,
    typer.Option(
        "--time-range",
        metavar="24h",
        help="The last 15m, 24h, 7d … By default 24h.",
        rich_help_panel=TIME_PANEL,
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Not older than: 15m, 2026-05-01T14:00 (local), …Z, or Unix time.",
        rich_help_panel=TIME_PANEL,
    ),
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Not newer than.", rich_help_panel=TIME_PANEL)
]
ExportOption = Annotated[
    Path | None,
    typer.Option(
        "--export", metavar="PATH", help="Write to a file; .json or .csv chooses the format.", dir_okay=False
    ),
]

DEFAULT_TIME_RANGE = "24h"


def read_settings(
    url: str | None = None, data_dir: str | None = None, api_key: str | None = None, store: str | None = None
) -> Settings:
    """Settings with these flags. Raises SettingError."""
    from sonde.settings import load

    return load({"url": url, "data_dir": data_dir, "api_key": api_key, "store": store})


def time_params(
    time_range: str | None, since: str | None, until: str | None, *, default: str = DEFAULT_TIME_RANGE
) -> dict[str, str]:
    """The API's `since` and `until`. Raises BadRequest when both ways are mixed."""
    from sonde.cli.times import for_api, relative_s
    from sonde.errors import BadRequest

    if time_range is not None:
        if since is not None:
            raise BadRequest("cannot use --time-range together with --since", hint="give one of them")
        if relative_s(time_range) is None:
            raise BadRequest(
                f"cannot use {time_range!r} for --time-range",
                hint="a number and a unit: 90s, 15m, 24h, 7d, 2w",
            )
        since = time_range
    elif since is None and until is None:
        since = default
    params: dict[str, str] = {}
    if since is not None:
        params["since"] = for_api(since)
    if until is not None:
        params["until"] = for_api(until)
    return params


def chosen_format(format: Format | None, export: Path | None) -> Format:
    """`--format`, else what the file's name says, else a table. Raises BadRequest for a table in a file."""
    from sonde.errors import BadRequest

    if format is None and export is not None and export.suffix.lower() in (".json", ".csv"):
        return Format(export.suffix.lower()[1:])
    if export is not None and format in (None, Format.TABLE):
        raise BadRequest(f"cannot export a table to {export}", hint="use --format json or --format csv")
    return format or Format.TABLE
