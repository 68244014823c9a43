"""When to try again after a failure."""

from __future__ import annotations

import random
from typing import Final

_FIRST_S: Final = 1.0
_LONGEST_S: Final = 30.0
_SPREAD: Final = 0.2


class Backoff:
    """Waits 1 s, 2 s, 4 s, … 30 s, each a fifth more or less, so that many processes do not come at once."""

    def __init__(self) -> None:
        self._failures = 0
        self.until = 0.0

    def failed(self, now: float, at_least_s: float | None = None) -> None:
        """Wait longer from `now` on, and as long as the backend asked for."""
        delay = min(_FIRST_S * 2**self._failures, _LONGEST_S) * random.uniform(1 - _SPREAD, 1 + _SPREAD)
        self._failures = min(self._failures + 1, 10)
        self.until = now + max(delay, at_least_s or 0.0)

    def succeeded(self) -> None:
        """Wait no more."""
        self._failures = 0
        self.until = 0.0
