"""How this Python was started, and what the program is called by that."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from sonde import semconv

WORKS_FOR: Final = "_SONDE_RUN_NAME"
"""Environment variable: name of the program that `sonde run` runs, for children that have none themselves."""

# Options of Python whose value may be the next argument.
_TAKES_VALUE: Final = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_NAMELESS: Final = frozenset({"__main__", "-c", "-m", "-", ""})
# Folders that hold programs of any name.
_FOLDERS: Final = frozenset({"bin", "src", "app", "lib", "site-packages", "scripts"})

Kind = Literal["module", "code", "file", "nothing"]


def started_as(arguments: Sequence[str]) -> tuple[Kind, str]:
    """What a Python with these arguments runs: the module of `-m`, the code of `-c`, the path of a file."""
    rest = iter(arguments)
    for argument in rest:
        if argument.startswith("-m"):
            return "module", argument[2:] or next(rest, "")
        if argument.startswith("-c"):
            return "code", argument[2:] or next(rest, "")
        if argument in _TAKES_VALUE:
            next(rest, "")
        elif not argument.startswith("-"):
            return "file", argument
    return "nothing", ""


def program_name() -> str:
    """The program's name: that of its file or module, else `unknown_service:python`."""
    kind, module = started_as(sys.orig_argv[1:])
    if kind == "module" and module:
        return module.removesuffix(".__main__").rpartition(".")[2]
    path = Path(sys.argv[0] if sys.argv else "")
    if path.stem not in _NAMELESS:
        return path.stem
    folder = path.parent.name
    if folder and folder not in _FOLDERS:
        return folder
    return os.environ.get(WORKS_FOR) or f"{semconv.UNKNOWN_SERVICE}:{Path(sys.executable or 'python').name}"
