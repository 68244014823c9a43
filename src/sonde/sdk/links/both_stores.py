"""Two stores of links as one: what one of them answers is enough."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Final, ParamSpec, TypeVar

from sonde.link_stores.interface import Entity, Found, Link, LinkStore, newer
from sonde.sdk.links.reports import stored_without

P = ParamSpec("P")
R = TypeVar("R")

WAITING_AT_MOST: Final = 64
"""Calls of one store under way or waiting for a thread: beyond it they fail at once."""

_SAID_AGAIN_S: Final = 60.0

_log: Final = logging.getLogger("sonde")


class NeitherStoreAnswered(Exception):
    """What each of the two stores had to say."""


class BothStores:
    """Writes to both stores, reads both at once: the newer link counts, and one store alone is enough.

    Once one store has answered, the other has until `wait_s` after the beginning; one that missed that is not
    waited for until it has answered again. A write to it goes on meanwhile.
    """

    def __init__(self, first: LinkStore, second: LinkStore, *, wait_s: float, threads: int) -> None:
        self._sides = _Side(first, threads), _Side(second, threads)
        self._wait_s = wait_s

    @property
    def parts(self) -> Mapping[str, LinkStore]:
        return {**self._sides[0].store.parts, **self._sides[1].store.parts}

    def check(self) -> None:
        for side in self._sides:
            side.store.check()

    def put(self, links: Sequence[Link]) -> None:
        first, second = self._sides
        asked = first.ask(first.store.put, links), second.ask(second.store.put, links)
        self._wait_for(asked)
        for side, other, answer in zip(self._sides, reversed(self._sides), asked, strict=True):
            answer.add_done_callback(partial(_say_what_lacks, links, other.name, side.name))

    def get(self, entities: Sequence[Entity]) -> list[Found | None]:
        first, second = self._sides
        asked = first.ask(first.store.get, entities), second.ask(second.store.get, entities)
        self._wait_for(asked)
        for side, other, answer in zip(self._sides, reversed(self._sides), asked, strict=True):
            # One that still waits for a thread is not wanted any more.
            if not answer.cancel() and answer.done() and (error := _failure(answer)) is not None:
                side.fails(other.name, error)
        here, there = (answer.result() if _is_good(answer) else None for answer in asked)
        if here is None or there is None:
            return here or there or []
        return [newer(*pair) for pair in zip(here, there, strict=True)]

    def close(self) -> None:
        for side in self._sides:
            side.close()

    def _wait_for(self, asked: Sequence[Future[R]]) -> None:
        """Until both have answered, or one has and the other's time is over. Raises NeitherStoreAnswered."""
        until = time.monotonic() + self._wait_s
        pending = set(asked)
        while pending:
            good = any(map(_is_good, asked))
            slow = [side for side, answer in zip(self._sides, asked, strict=True) if answer in pending]
            left_s = 0.0 if all(side.is_away for side in slow) else max(0.0, until - time.monotonic())
            arrived, pending = wait(pending, left_s if good else None, FIRST_COMPLETED)
            if good and not arrived:
                (late,) = slow
                late.fails(next(side.name for side in self._sides if side is not late), "no answer in time")
                return
        if not any(map(_is_good, asked)):
            told = [f"{side.name}: {_failure(each)}" for side, each in zip(self._sides, asked, strict=True)]
            raise NeitherStoreAnswered("; ".join(told))


class _Side:
    """One of the two, with threads of its own: where it hangs, those of the other are free."""

    def __init__(self, store: LinkStore, threads: int) -> None:
        self.store = store
        self.name = ", ".join(store.parts)
        self.is_away = False
        self._said_s = -_SAID_AGAIN_S
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"sonde-links-{self.name}")
        self._room = threading.BoundedSemaphore(WAITING_AT_MOST)

    def ask(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Do it on a thread, in the caller's context."""
        if not self._room.acquire(blocking=False):
            refused: Future[R] = Future()
            refused.set_exception(RuntimeError("too many calls wait for the store"))
            return refused
        try:
            answer = self._pool.submit(contextvars.copy_context().run, work, *args, **kwargs)
        except BaseException:
            self._room.release()
            raise
        answer.add_done_callback(self._settle)
        return answer

    def fails(self, other: str, why: object) -> None:
        """It is not waited for until it answers; said the first time, and of a new time once a minute."""
        with self._lock:
            was, self.is_away = self.is_away, True
            now = time.monotonic()
            if was or now - self._said_s < _SAID_AGAIN_S:
                return
            self._said_s = now
        _log.warning(
            "the store of links %s is left out until it answers, %s alone is used: %s", self.name, other, why
        )

    def close(self) -> None:
        """Let connections go; what is under way comes to its end first."""
        self._pool.shutdown(wait=True)
        self.store.close()

    def _settle(self, answer: Future[R]) -> None:
        self._room.release()
        if _is_good(answer):
            self.is_away = False


def _is_good(answer: Future[R]) -> bool:
    return answer.done() and not answer.cancelled() and answer.exception() is None


def _failure(answer: Future[R]) -> object:
    """Why an answer that is there is none; None of a good one, and of one that nobody wanted."""
    error = None if answer.cancelled() else answer.exception()
    return error if error is None else str(error) or type(error).__name__


def _say_what_lacks(links: Sequence[Link], has: str, lacks: str, answer: Future[None]) -> None:
    if (error := _failure(answer)) is not None:
        stored_without(links, has, lacks, error)
