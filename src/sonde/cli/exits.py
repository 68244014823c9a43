"""Exit codes, and how an error looks in a terminal."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from sonde.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    SchemaTooNew,
    SearchSyntaxError,
    ServerRefused,
    ServerUnreachable,
    SettingError,
    SondeError,
    StoreLocked,
    StoreUnavailable,
    Unauthenticated,
)

if TYPE_CHECKING:
    from rich.console import Console


class ExitCode(IntEnum):
    """What a command's exit code says."""

    OK = 0
    NOTHING = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4


MEANING = {
    ExitCode.OK: "done",
    ExitCode.NOTHING: "nothing found, or a check failed",
    ExitCode.USAGE: "wrong usage: an option, a setting or a search that does not parse",
    ExitCode.UNREACHABLE: "no server answers, or the store cannot be opened",
    ExitCode.REFUSED: "refused by the server or the store: key, time limit, overload, error",
}

_OF_ANSWER = {
    "search_syntax": ExitCode.USAGE,
    "bad_request": ExitCode.USAGE,
    "not_found": ExitCode.NOTHING,
    "no_link": ExitCode.NOTHING,
    "store_unavailable": ExitCode.UNREACHABLE,
    "store_locked": ExitCode.UNREACHABLE,
}


def exit_code(error: SondeError) -> ExitCode:
    """The exit code of an error."""
    if isinstance(error, ServerRefused):
        return _OF_ANSWER.get(error.answer, ExitCode.REFUSED)
    if isinstance(error, SearchSyntaxError | BadRequest | SettingError):
        return ExitCode.USAGE
    if isinstance(error, NotFound):
        return ExitCode.NOTHING
    if isinstance(error, Unauthenticated | Forbidden):
        return ExitCode.REFUSED
    if isinstance(error, ServerUnreachable | StoreUnavailable | StoreLocked | SchemaTooNew):
        return ExitCode.UNREACHABLE
    return ExitCode.REFUSED


def show_error(error: SondeError, console: Console) -> None:
    """Message and hint; the search and a caret where it does not parse."""
    from rich.text import Text

    from sonde.cli.terminal import harmless

    console.print(Text.assemble(("error: ", "bold red"), harmless(error.message)), soft_wrap=True)
    if isinstance(error, ServerRefused) and error.position is not None and error.search:
        from rich.cells import cell_len

        indent = cell_len(harmless(error.search[: error.position]))
        console.print(Text(f"  {harmless(error.search)}"), soft_wrap=True)
        console.print(Text(f"  {' ' * indent}^", style="bold red"), soft_wrap=True)
    if error.hint:
        console.print(Text.assemble(("hint: ", "bold"), harmless(error.hint)), soft_wrap=True)
