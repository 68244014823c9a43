"""Modules load without the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def loading() -> Generator[None]:
    """What is imported in the block lives as long as the process: the collector does not look through it, now
    or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
