"""Accepted records, broadcast to whoever follows them live.

A subscriber that reads too slowly loses batches, and is told how many: following never holds
back the receiver and never grows in memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sonde.decode import Parsed, Signal

QUEUE_BATCHES = 64


@dataclass(frozen=True, slots=True)
class LiveBatch:
    """The records of one accepted request, and what the subscriber missed before it."""

    signal: Signal
    parsed: Parsed
    received_at_ns: int
    dropped: int = 0
    """Batches lost between the previous one handed out and this one."""


class Subscription:
    """What one subscriber has yet to read. Iterate over it, or ask `next`; close it at the end."""

    def __init__(self, live: Live, key: tuple[str, str]) -> None:
        self._live = live
        self._key = key
        self._waiting: deque[LiveBatch] = deque()
        self._arrived = asyncio.Event()
        self._dropped = 0
        self.closed = False

    def put(self, batch: LiveBatch) -> None:
        """Queue a batch; the oldest one goes when the queue is full."""
        if len(self._waiting) >= QUEUE_BATCHES:
            self._waiting.popleft()
            self._dropped += 1
            self._live.dropped_total += 1
        self._waiting.append(batch)
        self._arrived.set()

    async def next(self, timeout_s: float | None = None) -> LiveBatch | None:
        """The next batch; None when `timeout_s` passed without one, or when closed."""
        if not self._waiting and not self.closed:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        if not self._waiting:
            return None
        batch = self._waiting.popleft()
        dropped, self._dropped = self._dropped, 0
        if dropped:
            return LiveBatch(batch.signal, batch.parsed, batch.received_at_ns, dropped)
        return batch

    async def __aiter__(self) -> AsyncIterator[LiveBatch]:
        while (batch := await self.next()) is not None:
            yield batch

    def close(self) -> None:
        """Stop receiving and wake whoever waits."""
        self.closed = True
        self._live.remove(self._key, self)
        self._arrived.set()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Live:
    """The subscribers, by tenant and signal. Use it from the event loop only."""

    def __init__(self) -> None:
        self._subscriptions: dict[tuple[str, str], set[Subscription]] = {}
        self._closed = False
        self.dropped_total = 0

    def subscribe(self, tenant: str, signal: Signal) -> Subscription:
        """Follow one signal of one tenant from now on; use it as a context manager."""
        key = (tenant, signal.value)
        subscription = Subscription(self, key)
        if self._closed:
            subscription.closed = True
        else:
            self._subscriptions.setdefault(key, set()).add(subscription)
        return subscription

    def publish(self, tenant: str, signal: Signal, parsed: Parsed, received_at_ns: int) -> None:
        """Hand accepted records to every subscriber; returns at once."""
        followers = self._subscriptions.get((tenant, signal.value))
        if followers:
            batch = LiveBatch(signal, parsed, received_at_ns)
            for subscription in followers:
                subscription.put(batch)

    def remove(self, key: tuple[str, str], subscription: Subscription) -> None:
        """Forget a subscriber."""
        followers = self._subscriptions.get(key)
        if followers is not None:
            followers.discard(subscription)
            if not followers:
                del self._subscriptions[key]

    @property
    def subscribers(self) -> int:
        """How many follow."""
        return sum(len(followers) for followers in self._subscriptions.values())

    def close(self) -> None:
        """End every subscription, so that open responses can finish; later ones end at once."""
        self._closed = True
        for followers in list(self._subscriptions.values()):
            for subscription in list(followers):
                subscription.close()
