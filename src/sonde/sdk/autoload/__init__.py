"""What `sonde run` puts into a program: `sonde.configure()` before the program's first line.

The folder of this package goes to the front of `PYTHONPATH`; Python imports the `sitecustomize` in it
when it starts. Keep other modules out of the folder: a program could import them by accident.

Which Pythons are instrumented: the program itself, whatever it is, and of the Pythons it starts those
that run a script, a module, or the work of `multiprocessing`, execnet (pytest-xdist) or loky. Not those
that help: pip and other installers, code given with `-c`, and the command `sonde`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final

from sonde.sdk.command_line import WORKS_FOR, program_name, started_as

PROGRAM: Final = "_SONDE_RUN_PID"
"""Environment variable: the process that `sonde run` became; its children find another id in it."""

_FOLDER: Final = os.path.dirname(os.path.abspath(__file__))
# What stands in the code of a process that works for the program; the last is execnet's.
_WORKERS: Final = (
    "multiprocessing.spawn",
    "multiprocessing.forkserver",
    "loky",
    "exec(eval(sys.stdin.readline()))",
)
_HELPERS: Final = frozenset(
    {
        "build",
        "compileall",
        "ensurepip",
        "pip",
        "pip3",
        "pipx",
        "py_compile",
        "sonde",
        "sysconfig",
        "uv",
        "venv",
        "virtualenv",
    }
)


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for a program that this process is about to become."""
    path = [part for part in environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != _FOLDER]
    return {**environ, "PYTHONPATH": os.pathsep.join([_FOLDER, *path]), PROGRAM: str(os.getpid())}


def is_the_program() -> bool:
    """Whether this process is what `sonde run` was told to run, not one of its children."""
    return os.environ.get(PROGRAM) == str(os.getpid())


def start() -> None:
    """Configure, unless this is a Python that only helps; never raises."""
    itself = is_the_program()
    if itself or works_for_the_program(sys.orig_argv[1:]):
        from sonde.sdk.configure import configure

        if itself:
            os.environ[WORKS_FOR] = program_name()
        configure()


def works_for_the_program(arguments: Sequence[str]) -> bool:
    """Whether a Python started with these arguments does a part of the program's work."""
    kind, what = started_as(arguments)
    if kind == "module":
        return what.partition(".")[0] not in _HELPERS
    if kind == "code":
        return any(worker in what for worker in _WORKERS)
    return kind == "file" and PurePath(what).stem not in _HELPERS
