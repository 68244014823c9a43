"""Forks: a child begins with nothing of its parent's telemetry, and nothing that must stay whole is split."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

# A fork waits this long for what must stay whole; it is a matter of milliseconds unless a disk hangs.
_LONGEST_WAIT_S: Final = 1.0

_whole = threading.RLock()
_held = False
_in_child: Final[list[Callable[[], None]]] = []


@contextmanager
def undivided() -> Generator[None]:
    """A short section that no fork falls into: the child has none of the threads that could finish it.

    For loading modules, collecting metrics and writing files, never for waiting on the network.
    """
    with _whole:
        yield


def in_child(action: Callable[[], None]) -> None:
    """Call `action` in every forked child, in the order of these calls."""
    _in_child.append(action)


def _before() -> None:
    global _held
    _held = _whole.acquire(timeout=_LONGEST_WAIT_S)


def _after_in_parent() -> None:
    if _held:
        _whole.release()


def _after_in_child() -> None:
    global _whole
    _whole = threading.RLock()
    for action in _in_child:
        action()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
