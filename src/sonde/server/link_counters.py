"""What became of requests for links, counted since the start."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

MAX_REFUSALS_PER_S: Final = 50
"""Of callers without a key: those beyond are counted only, or anybody could fill the audit log."""


class LinkCounters:
    """What became of requests for links since the start. Any thread may count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._second = 0
        self._refused = 0
        self.answers: Counter[tuple[str, ...]] = Counter()
        """By action and result."""
        self.unnoted = 0
        """Refusals that the audit log does not have."""

    def count(self, action: str, result: str) -> None:
        """Count one answer."""
        with self._lock:
            self.answers[action, result] += 1

    def snapshot(self) -> dict[tuple[str, ...], float]:
        """The counts, as they are now."""
        with self._lock:
            return dict(self.answers)

    def may_note_refusal(self) -> bool:
        """Whether one more refusal of an unknown caller goes into the audit log."""
        with self._lock:
            second = int(self._clock())
            if second != self._second:
                self._second, self._refused = second, 0
            self._refused += 1
            if self._refused > MAX_REFUSALS_PER_S:
                self.unnoted += 1
                return False
            return True
