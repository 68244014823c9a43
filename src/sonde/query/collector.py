"""Python's garbage collector, told to wait."""

from __future__ import annotations

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager

_guard = threading.Lock()
_waiting = 0


@contextmanager
def paused() -> Generator[None]:
    """Keep the collector from looking through a great answer again and again while it is made.

    A trace of 100 000 spans is two million objects without a cycle: 1.35 s of CPU instead of 2.6 s.
    """
    global _waiting
    with _guard:
        if _waiting == 0 and not gc.isenabled():
            resume = False
        else:
            resume = True
            _waiting += 1
            gc.disable()
    try:
        yield
    finally:
        if resume:
            with _guard:
                _waiting -= 1
                if _waiting == 0:
                    gc.enable()
