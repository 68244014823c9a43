"""Links that programs keep in Redis: read beside the store, and never what an answer hangs on.

A Redis that fails or is late is not waited for again until it answers a reading of our own; meanwhile
links come from the store alone.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final

from sonde.errors import SettingError
from sonde.link_stores.choice import HOW_TO_INSTALL, NO_PACKAGE, outside_kind, outside_store
from sonde.link_stores.interface import Entity as OutsideEntity
from sonde.link_stores.interface import Found, LinkStore
from sonde.query.links import Entity, Recent, Touch
from sonde.query.time import DAY_NS, SECOND_NS
from sonde.server.keys import DEFAULT_TENANT
from sonde.settings import Settings

THREADS: Final = 8
WAITING_AT_MOST: Final = 64
"""Exchanges under way or waiting for a thread: beyond it the store alone is asked."""

_EXCHANGE_S: Final = 1.0
"""An exchange may take longer than an answer waits: a connection is made by then."""
_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 5.0
# What Redis still has counts until the answer is made.
_LEAST_LEFT_NS: Final = 10 * SECOND_NS
_NOBODY: Final = OutsideEntity("sonde", "is it there?")

log: Final = logging.getLogger("sonde.server")


@dataclass(frozen=True, slots=True)
class Asked:
    """A reading under way, and until when it is waited for (`time.monotonic`)."""

    found: Future[Recent | None]
    until_s: float


class OutsideLinks:
    """Reads links of the tenant `default`, whose programs these are. Any thread may ask."""

    def __init__(self, settings: Settings) -> None:
        self.kind = outside_kind(settings)
        self._exchanges: Counter[tuple[str, ...]] = Counter()
        self._settings = settings
        self._timeout_s = settings.links_timeout_s
        self._ttl_ns = round(settings.links_ttl_days * DAY_NS)
        self._store: LinkStore | None = None
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sonde-outside-links")
        self._room = threading.BoundedSemaphore(WAITING_AT_MOST)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._problem = ""

    @property
    def problem(self) -> str:
        """Why it is not read for now; empty when it is."""
        return self._problem

    def open(self) -> LinkStore:
        """The store; nothing is sent yet.

        Raises SettingError: the package for it is missing, or the address is none.
        """
        with self._lock:
            if self._store is None:
                self._store = _open(self._settings)
            return self._store

    def start(self) -> None:
        """Connect, in the background: the first who asks need not wait for it. Raises as `open`."""
        self._pool.submit(self._read, self.open(), [Entity(*_NOBODY)])

    def close(self) -> None:
        """Let connections and threads go."""
        self._closing.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._store is not None:
            self._store.close()

    def ask(self, tenant: str, entities: Iterable[Entity]) -> Asked | None:
        """Begin to read; None where nothing is to be expected. Raises as `open`."""
        # Half a surrogate pair has no bytes, so no key.
        wanted = [each for each in dict.fromkeys(map(Entity.shortened, entities)) if _has_key(each)]
        if tenant != DEFAULT_TENANT or not wanted:
            return None
        store = self.open()
        if self._problem or not self._room.acquire(blocking=False):
            self._count("skipped")
            return None
        until_s = time.monotonic() + self._timeout_s
        try:
            found = self._pool.submit(self._read, store, wanted)
        except RuntimeError:  # it is closing
            self._room.release()
            return None
        found.add_done_callback(lambda _: self._room.release())
        return Asked(found, until_s)

    async def answer(self, asked: Asked) -> Recent:
        """What was found, by the entity as it is stored; nothing where that is late or fails."""
        if not asked.found.done():
            left_s = max(0, asked.until_s - time.monotonic())
            _, late = await asyncio.wait([asyncio.wrap_future(asked.found)], timeout=left_s)
            for each in late:
                each.cancel()
        return self._result(asked)

    def answer_on_thread(self, asked: Asked) -> Recent:
        """The same where a thread may wait for it."""
        wait([asked.found], timeout=max(0, asked.until_s - time.monotonic()))
        return self._result(asked)

    def snapshot(self) -> dict[tuple[str, ...], float]:
        """How often it was asked, by what came of it: `answered`, `late`, `failed`, or `skipped` while it is
        away."""
        with self._lock:
            return dict(self._exchanges)

    def _result(self, asked: Asked) -> Recent:
        if not asked.found.done() or asked.found.cancelled():
            self._count("late")
            self._is_away(f"no answer within {self._timeout_s:g} s")
            return {}
        found = asked.found.result()
        self._count("failed" if found is None else "answered")
        return found or {}

    def _read(self, store: LinkStore, entities: Sequence[Entity]) -> Recent | None:
        """The links of these; None where that failed."""
        try:
            found = _get(store, [OutsideEntity(*each) for each in entities])
        except Exception as error:
            self._is_away(str(error) or type(error).__name__)
            return None
        oldest_ns = time.time_ns() - self._ttl_ns + min(_LEAST_LEFT_NS, self._ttl_ns // 2)
        return {
            entity: [_touch(each, oldest_ns)]
            for entity, each in zip(entities, found, strict=True)
            if each is not None
        }

    def _count(self, result: str) -> None:
        with self._lock:
            self._exchanges[result,] += 1

    def _is_away(self, why: str) -> None:
        """Say it, and look for its end: both once."""
        with self._lock:
            if self._problem or self._closing.is_set():
                return
            self._problem = why
        log.warning("cannot read links in %s: %s; answers are of the store alone meanwhile", self.kind, why)
        threading.Thread(target=self._await_its_return, name="sonde-outside-links-away", daemon=True).start()

    def _await_its_return(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._closing.wait(pause_s):
            if self._answers_in_time():
                self._problem = ""
                log.info("links in %s are read again", self.kind)
                return
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _answers_in_time(self) -> bool:
        store = self.open()
        try:
            # The first one connects.
            _get(store, [_NOBODY])
            began = time.monotonic()
            _get(store, [_NOBODY])
        except Exception:
            return False
        return time.monotonic() - began <= self._timeout_s


def _open(settings: Settings) -> LinkStore:
    timeout_s = max(_EXCHANGE_S, settings.links_timeout_s)
    try:
        # One more for what looks whether it is back.
        store = outside_store(settings, timeout_s=timeout_s, connections=THREADS + 1)
    except ImportError as error:
        raise SettingError(f"{NO_PACKAGE}, which is not installed", hint=HOW_TO_INSTALL) from error
    except ValueError as error:
        raise SettingError(f"cannot use links.redis_url: {error}") from error
    if store is None:
        raise SettingError("no Redis for links is set", hint="set links.redis_url")
    return store


def _get(store: LinkStore, entities: Sequence[OutsideEntity]) -> list[Found | None]:
    # It imports OpenTelemetry's instrumentation, which a server without Redis does not need.
    from sonde.own_requests import own_requests

    with own_requests():
        return store.get(entities)


def _touch(found: Found, oldest_ns: int) -> Touch:
    record = found.record
    at_ns = max(oldest_ns, round(record.recorded_at.timestamp() * 1_000_000) * 1000)
    return Touch(record.run_id, record.trace_id, record.run_url, at_ns, at_ns)


def _has_key(entity: Entity) -> bool:
    try:
        "".join(entity).encode()
    except UnicodeEncodeError:
        return False
    return True
