"""Digests of the requests accepted lately: pure, the time is passed in."""

from __future__ import annotations

from itertools import islice


class DigestWindow:
    """Remembers digests for `window_s` seconds, at most `entries` of them, the newest."""

    def __init__(self, window_s: float, entries: int) -> None:
        self._window_s = window_s
        self._entries = entries
        # In the order of acceptance, as a dict keeps the order of insertion.
        self._accepted_s: dict[bytes, float] = {}
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._accepted_s)

    def has(self, digest: bytes, now_s: float) -> bool:
        """Whether `digest` was accepted within the window before `now_s`."""
        accepted_s = self._accepted_s.get(digest)
        return accepted_s is not None and now_s - accepted_s < self._window_s

    def add(self, digest: bytes, accepted_s: float) -> None:
        """Remember `digest`; times must not decrease from call to call."""
        self._accepted_s.pop(digest, None)
        self._accepted_s[digest] = accepted_s

    def trim(self, now_s: float) -> None:
        """Forget what is older than the window or over the count."""
        over = max(0, len(self._accepted_s) - self._entries)
        expired = 0
        for accepted_s in self._accepted_s.values():
            if now_s - accepted_s < self._window_s:
                break
            expired += 1
        self.evicted += max(0, over - expired)
        for digest in list(islice(self._accepted_s, max(over, expired))):
            del self._accepted_s[digest]
