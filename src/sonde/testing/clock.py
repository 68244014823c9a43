"""A clock that stands still, and telemetry that is told the time by it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

SECOND_NS = 1_000_000_000
MILLISECOND_NS = 1_000_000

EPOCH_NS = 1_767_614_400 * SECOND_NS
"""Where a `FakeClock` stands at first: 2026-01-05 12:00:00 UTC, a Monday, in Unix nanoseconds."""

_TOLD = ("opentelemetry.", "sonde.sdk.")


class FakeClock:
    """Stands still until told to move; call it for the time in Unix nanoseconds."""

    def __init__(self, now_ns: int = EPOCH_NS) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self.now_ns += round(seconds * SECOND_NS)


@contextmanager
def told_by(clock: Callable[[], int]) -> Generator[None]:
    """Until the block ends `time.time_ns` is `clock`, also where OpenTelemetry and Sonde hold it by name.

    Times that are given to a span or log are kept. Monotonic clocks go on.
    """
    real = time.time_ns
    _replace(real, clock, _TOLD)
    time.time_ns = clock
    try:
        yield
    finally:
        time.time_ns = real
        # A module that was first imported in the meantime has taken the clock by name.
        _replace(clock, real, ("",))


def _replace(held: Callable[[], int], by: Callable[[], int], prefixes: tuple[str, ...]) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith(prefixes) and getattr(module, "__dict__", {}).get("time_ns") is held:
            setattr(module, "time_ns", by)  # noqa: B010 -- the attribute is not known to the module's type
