"""Options that go together, as one parameter of a command: `@grouped` spells them out for typer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from sonde.cli.options import (
    TIME_PANEL,
    DataDirOption,
    ExportOption,
    Format,
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

if TYPE_CHECKING:
    from sonde.cli.source import Source
    from sonde.settings import Settings


@dataclass(frozen=True, slots=True)
class Server:
    """Which server is asked."""

    url: UrlOption = None
    data_dir: DataDirOption = None
    api_key: KeyOption = None

    def settings(self) -> Settings:
        """Settings with these flags. Raises SettingError."""
        return read_settings(self.url, self.data_dir, self.api_key)

    def open(self, *, server_only: str = "", writes: bool = False) -> AbstractContextManager[Source]:
        """The server, or the store where none runs; `server_only` says what only a server can do, `writes`
        that the store will be changed."""
        from sonde.cli.source import open_source

        return open_source(self.settings(), server_only=server_only, writes=writes)


@dataclass(frozen=True, slots=True)
class Times:
    """Which time is asked for."""

    time_range: TimeRangeOption = None
    since: SinceOption = None
    until: UntilOption = None

    def bounds(self) -> dict[str, str]:
        """The API's `since` and `until`. Raises BadRequest when both ways are mixed."""
        return time_params(self.time_range, self.since, self.until)

    def params(self) -> dict[str, str | int]:
        """The same, as parameters that others may join."""
        return {**self.bounds()}


@dataclass(frozen=True, slots=True)
class AllTimes(Times):
    """Which time is asked for of something that is answered as a whole where none is given."""

    time_range: Annotated[
        str | None,
        typer.Option(
            "--time-range", metavar="24h", help="Only the last 15m, 24h, 7d …", rich_help_panel=TIME_PANEL
        ),
    ] = None

    def bounds(self) -> dict[str, str]:
        """As of `Times`; nothing where no time was given."""
        return Times.bounds(self) if self != AllTimes() else {}


@dataclass(frozen=True, slots=True)
class Output:
    """How the answer is written, and where to."""

    format: FormatOption = None
    export: ExportOption = None

    def shape(self) -> Format:
        """How. Raises BadRequest for a table in a file."""
        return chosen_format(self.format, self.export)


@dataclass(frozen=True, slots=True)
class Paging:
    """How much of a list."""

    limit: Annotated[
        int | None, typer.Option(min=1, help="Rows at most; with --all, rows of one request. By default 100.")
    ] = None
    cursor: Annotated[str | None, typer.Option(help="Go on where an earlier answer ended.")] = None
    all: Annotated[bool, typer.Option("--all", help="Every row, page by page.")] = False

    def params(self) -> dict[str, str | int]:
        """The API's `limit` and `cursor`, as far as they were given."""
        return ({"limit": self.limit} if self.limit is not None else {}) | (
            {"cursor": self.cursor} if self.cursor else {}
        )


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command with its parameters of these types as the options that they are made of."""
    hints = get_type_hints(command, include_extras=True)
    parameters: list[Parameter] = []
    groups: dict[str, type[Any]] = {}
    for parameter in signature(command).parameters.values():
        kind = hints[parameter.name]
        if not is_dataclass(kind):
            parameters.append(parameter.replace(annotation=kind))
            continue
        assert isinstance(kind, type)
        groups[parameter.name] = kind
        of_group = get_type_hints(kind, include_extras=True)
        parameters += [
            Parameter(each.name, Parameter.KEYWORD_ONLY, default=each.default, annotation=of_group[each.name])
            for each in fields(kind)
        ]

    @wraps(command)
    def spelt_out(**given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{each.name: given.pop(each.name) for each in fields(kind)})
        command(**given)

    spelt_out.__signature__ = Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue]  # PEP 362
    spelt_out.__annotations__ = {each.name: each.annotation for each in parameters}
    return spelt_out
