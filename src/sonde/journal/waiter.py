"""Telling the outcome to those who wait for it, on event loops and on threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Iterable
from dataclasses import dataclass

from sonde.journal.record import Appended


@dataclass(frozen=True, slots=True)
class Failure:
    """The record could not be written; the message says why."""

    message: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The same request, which came first, could not be written: offer the record itself."""


Outcome = Appended | Failure | TryAgain


@dataclass(frozen=True, slots=True)
class LoopWaiter:
    """Waits on an event loop."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Outcome]


@dataclass(frozen=True, slots=True)
class ThreadWaiter:
    """Waits in a thread."""

    future: concurrent.futures.Future[Outcome]


Waiter = LoopWaiter | ThreadWaiter


def deliver(outcomes: Iterable[tuple[Waiter, Outcome]]) -> None:
    """Hand out outcomes; each event loop is woken once for all of its own."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Outcome], Outcome]]] = {}
    for waiter, outcome in outcomes:
        if isinstance(waiter, LoopWaiter):
            by_loop.setdefault(waiter.loop, []).append((waiter.future, outcome))
        elif not waiter.future.cancelled():
            waiter.future.set_result(outcome)
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, settled)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            continue


def _settle(settled: list[tuple[asyncio.Future[Outcome], Outcome]]) -> None:
    for future, outcome in settled:
        # A caller that went away cancelled its future; the record counts all the same.
        if not future.done():
            future.set_result(outcome)
