"""The end of the process: what was recorded is sent first, for a bounded time.

Interpreter's end: `atexit`, which runs when all other threads have been joined. SIGTERM: the process dies of
it as it would have; a handler of the program's is called after a short flush, those of servers are left
alone. Children of `multiprocessing` (and of Celery's billiard): they end by `os._exit` after their
finalizers. A program that calls `os._exit` itself, or is killed, loses what was not sent yet.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from sonde.sdk import forking
from sonde.sdk.complaints import complain

# Their way of ending runs exit handlers, or flushes by itself.
_SERVERS: Final = ("gunicorn", "uvicorn", "hypercorn", "granian", "celery", "billiard", "asyncio", "uvloop")
_PROCESS_PACKAGES: Final = ("multiprocessing", "billiard")
# A handler of the program's is not to wait longer for us than this.
_BEFORE_ANOTHER_S: Final = 1.0

# After the finalizers of the program's, which may still record something.
_LAST: Final = -100

Handler = Callable[[int, FrameType | None], Any]

_flush: Callable[[float | None], None] | None = None


def before_the_end(end: Callable[[], None], flush: Callable[[float | None], None]) -> None:
    """Call `end` when the interpreter or a `multiprocessing` child ends, `flush` on SIGTERM.

    `flush` takes the longest it may take in seconds; None leaves that to the settings. Called again, the
    last call counts.
    """
    global _flush
    first, _flush = _flush is None, flush
    if not first:
        return
    atexit.register(end)
    _before_sigterm()
    _before_process_ends(end)
    forking.in_child(lambda: _before_process_ends(end))


def _before_sigterm() -> None:
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        return
    try:
        before: Any = signal.getsignal(signal.SIGTERM)
        if before is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _die)
        elif callable(before) and not _is_a_servers(before):
            signal.signal(signal.SIGTERM, _chained(before))
    except ValueError as error:  # a sub-interpreter
        complain("what is recorded last is lost on SIGTERM: %s", error)


def _is_a_servers(handler: Any) -> bool:
    owner = getattr(handler, "__self__", handler)
    module = getattr(owner, "__module__", None) or type(owner).__module__
    return str(module).partition(".")[0] in _SERVERS


def _chained(before: Handler) -> Handler:
    def flush_first(number: int, frame: FrameType | None) -> Any:
        if _flush is not None:
            _flush(_BEFORE_ANOTHER_S)
        return before(number, frame)

    return flush_first


def _die(number: int, _frame: FrameType | None) -> None:
    if _flush is not None:
        _flush(None)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    # Process 1 of a container survives a signal that nobody handles: it goes on as before.
    signal.signal(number, _die)


def _before_process_ends(end: Callable[[], None]) -> None:
    """Have a process of `multiprocessing` end with `end`.

    A child clears the finalizers it was born with and then runs what is registered for after a fork, in
    spawned children too; that is where the finalizer is made anew.
    """
    for package in _PROCESS_PACKAGES:
        util: Any = sys.modules.get(f"{package}.util")
        process: Any = sys.modules.get(f"{package}.process")
        if util is None or process is None:
            continue

        def finalize(_end: object = None, util: Any = util) -> None:
            util.Finalize(None, end, exitpriority=_LAST)

        util.register_after_fork(end, finalize)
        if process.current_process().name != "MainProcess":
            finalize()
