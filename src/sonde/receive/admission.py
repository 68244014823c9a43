"""How many bytes of requests may be in memory at once; beyond it a request is refused, not queued."""

from __future__ import annotations

from sonde.errors import Overloaded


class Admission:
    """Counts the bytes under way. Use it from the event loop only."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.bytes = 0

    def reserve(self, size_bytes: int) -> None:
        """Count bytes that arrived. Raises Overloaded, counting nothing, when there are too many.

        A request that is alone gets in whatever its size: its own limit bounds it.
        """
        if self.bytes and self.bytes + size_bytes > self.limit_bytes:
            raise Overloaded("too many requests are under way", retry_after_s=1)
        self.bytes += size_bytes

    def release(self, size_bytes: int) -> None:
        """Forget bytes that were counted."""
        self.bytes -= size_bytes
