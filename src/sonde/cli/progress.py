"""Progress of what takes longer than a second, on a terminal only."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

SHOWN_AFTER_S = 1.0


@contextmanager
def spinner(text: str) -> Generator[None]:
    """A spinner with a text, from the second second on."""
    if not sys.stderr.isatty():
        yield
        return
    from sonde.cli.terminal import err

    status = err().status(text)
    with _later(status.start, status.stop):
        yield


@contextmanager
def bar(text: str, total: int | None = None, *, shown: bool = True) -> Generator[Callable[[int], None]]:
    """A progress bar from the second second on; call what it hands out with the number done so far."""
    if not (shown and sys.stderr.isatty()):
        yield lambda done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from sonde.cli.terminal import err

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err(),
        transient=True,
    )
    task = progress.add_task(text, total=total)
    with _later(progress.start, progress.stop):
        yield lambda done: progress.update(task, completed=done)


@contextmanager
def _later(start: Callable[[], Any], stop: Callable[[], Any]) -> Generator[None]:
    timer = threading.Timer(SHOWN_AFTER_S, start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        stop()
