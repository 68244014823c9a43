"""Records accepted a second, over the last minute."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping

WINDOW_S = 60.0
EVERY_S = 5.0


class Rates:
    """What was accepted when. Use it from the event loop only."""

    def __init__(
        self, accepted: Mapping[tuple[str, ...], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`accepted` are the receiver's totals by signal; they only grow."""
        self._accepted = accepted
        self._clock = clock
        self._noted: deque[tuple[float, dict[str, int]]] = deque()
        self.note()

    def note(self) -> None:
        """Note the totals as they are now, and forget those that are too old."""
        now = self._clock()
        self._noted.append((now, self._totals()))
        while len(self._noted) > 2 and self._noted[1][0] <= now - WINDOW_S:
            self._noted.popleft()

    async def keep(self) -> None:
        """Note them every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            self.note()

    def per_second(self) -> dict[str, float]:
        """Records a second by signal, over a minute or since the start."""
        since, before = self._noted[0]
        passed_s = max(self._clock() - since, 1.0)
        return {
            signal: round((total - before.get(signal, 0)) / passed_s, 3)
            for signal, total in self._totals().items()
        }

    def _totals(self) -> dict[str, int]:
        return {signal: total for (signal,), total in self._accepted.items()}
