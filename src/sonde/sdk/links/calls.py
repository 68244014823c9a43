"""Storing and reading links: calls that never raise and never take longer than they may."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, NamedTuple, Self, TypeVar, cast
from urllib.parse import quote

from opentelemetry.trace import format_trace_id, get_current_span

from sonde import semconv
from sonde.link_stores.interface import Entity, Found, Link, LinkStore
from sonde.own_requests import own_requests
from sonde.records import TelemetryEntityType, TelemetryRecord
from sonde.sdk import configuration as configurations
from sonde.sdk import current
from sonde.sdk.complaints import complain
from sonde.sdk.configuration import Configuration
from sonde.sdk.inherited import identifier
from sonde.sdk.links import reports
from sonde.sdk.links.choice import chosen_store, server_address
from sonde.sdk.runs import current_run
from sonde.sdk.values import text
from sonde.settings.run_pages import FIELDS, RunPages, is_web_address, run_pages

T = TypeVar("T")

THREADS: Final = 8
WAITING_AT_MOST: Final = 64
"""Calls under way or waiting for a thread: beyond it a call fails at once."""

BATCH: Final = 1000
"""Links that are asked for in one exchange."""

# A write goes on in the background when the caller's time is over: a slow store has it in the end.
_STORE_TIMEOUT_S: Final = 2.0

_log: Final = logging.getLogger("sonde")

Entities = Mapping[str, object] | Iterable[tuple[str, object]]
"""`{"payment": ["pym_1", "pym_2"], "invoice": "inv_1"}`, or pairs of a type and an id."""


class TelemetryLink(NamedTuple):
    """A link and where its run can be looked at."""

    record: TelemetryRecord
    url: str


class _Calls:
    """What `Links` and `AsyncLinks` have in common."""

    def __init__(self, **settings: Any) -> None:
        given = {name: value for name, value in settings.items() if value is not None}
        chosen, wrong = configurations.read(given)
        for message in wrong:
            complain(message)
        self._begin(chosen)

    @classmethod
    def of(cls, chosen: Configuration) -> Self:
        """With settings that were read already."""
        made = cls.__new__(cls)
        made._begin(chosen)
        return made

    def _begin(self, chosen: Configuration) -> None:
        self.configuration = chosen
        self._types = {str(kind) for kind in TelemetryEntityType} | set(chosen.links_entity_types)
        self._unregistered: set[str] = set()
        self._pages: RunPages = run_pages({name: getattr(chosen, f"links_{name}") for name in FIELDS})
        self._lock = threading.Lock()
        self._parts: tuple[LinkStore, ThreadPoolExecutor] | None = None
        self._room = threading.BoundedSemaphore(WAITING_AT_MOST)
        self._pid = os.getpid()

    def close(self) -> None:
        """Let connections and threads go; a later call makes new ones."""
        with self._lock:
            parts, self._parts = self._parts, None
        if parts is not None:
            parts[1].shutdown(wait=True)
            parts[0].close()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._parts = None
        self._room = threading.BoundedSemaphore(WAITING_AT_MOST)
        self._pid = os.getpid()

    def _submit(self, work: Callable[[LinkStore], T]) -> Future[T]:
        """Do it on a thread of ours. Raises RuntimeError where too many wait."""
        if self._pid != os.getpid():
            # A forked child has neither its parent's threads nor its connections.
            self._forget()
        if not self._room.acquire(blocking=False):
            raise RuntimeError("too many calls wait for the store")
        try:
            with self._lock:
                if self._parts is None:
                    store = chosen_store(
                        self.configuration,
                        timeout_s=max(_STORE_TIMEOUT_S, self.configuration.links_timeout_s),
                        connections=THREADS,
                    )
                    self._parts = store, ThreadPoolExecutor(THREADS, thread_name_prefix="sonde-links")
                store, pool = self._parts
            done = pool.submit(_quietly, work, store)
        except BaseException:
            self._room.release()
            raise
        done.add_done_callback(lambda _: self._room.release())
        return done

    def _storing(
        self, pairs: Entities, run_id: object, url: object, trace_id: object
    ) -> tuple[list[Link], Future[None]] | None:
        """A write under way; None where there is nothing to write. Never raises."""
        links: list[Link] = []
        try:
            if not self.configuration.enabled:
                return None
            record = _record(run_id, url, trace_id)
            links = [Link(entity, record) for entity in self._entities(pairs)]
            if not links:
                return None
            return links, self._submit(lambda store: _put(store, links))
        except Exception as error:
            reports.not_stored(links, run_id, error)
            return None

    def _reading(self, pairs: Entities) -> tuple[_Reading, Future[None]] | None:
        """A read under way; None where there is nothing to read. Never raises."""
        try:
            entities = list(self._entities(pairs, told=False)) if self.configuration.enabled else []
            if not entities:
                return None
            reading = _Reading(entities)
            return reading, self._submit(reading.go_on)
        except Exception as error:
            reports.not_read([], error)
            return None

    def _read(
        self, reading: _Reading, error: BaseException | None
    ) -> dict[tuple[str, str], TelemetryLink | None]:
        """What is known; `error` is why it is not all."""
        found = reading.stop()
        there = sum(each is not None for each in found.values())
        reports.read(there, len(found) - there)
        rest = [each for each in reading.entities if each not in found]
        if error is not None and rest:
            reports.not_read(rest, error)
        return {each: self._with_url(found.get(each)) for each in reading.entities}

    def _with_url(self, found: Found | None) -> TelemetryLink | None:
        """The link with the run's page: its own, else by the settings, else the store's, else Sonde's."""
        if found is None:
            return None
        record = found.record
        own = record.run_url if is_web_address(record.run_url) else ""
        sonde = f"{server_address(self.configuration)}/#/runs/{quote(record.run_id, safe='')}"
        return TelemetryLink(record, own or self._pages.url(record.run_id) or found.url or sonde)

    def _entities(self, pairs: Entities, *, told: bool = True) -> Iterable[Entity]:
        given = cast(Any, pairs).items() if isinstance(pairs, Mapping) else pairs
        found: dict[Entity, None] = {}
        for kind, ids in given:
            if not isinstance(kind, str) or not kind.strip():
                complain("an entity needs a type, not %r", kind)
                continue
            kind = kind.strip()
            if told:
                self._look_at(kind)
            several = (
                cast(Iterable[object], ids) if isinstance(ids, list | tuple | set | frozenset) else (ids,)
            )
            for each in several:
                if each is None or each == "":
                    complain("an entity needs an id; one without was left out")
                    continue
                found[Entity(kind, text(each)[: semconv.MAX_ENTITY_ID_CHARS])] = None
        return found

    def _look_at(self, kind: str) -> None:
        if kind not in self._types and kind not in self._unregistered:
            self._unregistered.add(kind)
            _log.warning(
                "the entity type %r is not registered; its links are stored all the same "
                "(setting links.entity_types)",
                kind,
            )


class _Reading:
    """A read, batch by batch: what has arrived is known also where the rest does not."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self.entities = entities
        self._found: Mapping[Entity, Found | None] = {}
        self._stopped = False

    def go_on(self, store: LinkStore) -> None:
        """Read until all is there, or nobody waits any more."""
        for begin in range(0, len(self.entities), BATCH):
            if self._stopped:
                return
            asked = self.entities[begin : begin + BATCH]
            self._found = {**self._found, **dict(zip(asked, store.get(asked), strict=True))}

    def stop(self) -> Mapping[Entity, Found | None]:
        """What has arrived; nothing more is asked for."""
        self._stopped = True
        return self._found


class Links(_Calls):
    """Links of entities to runs, for programs that wait. Nothing raises; no call takes longer than
    `links.timeout_s`.

    Takes the settings of the SDK by their field (`links_store="redis"`, `redis_url=…`); what is not given is
    read as `sonde.configure()` reads it. May be used by several threads.
    """

    def store_telemetry(
        self,
        entity_type: str,
        entity_id: object,
        run_id: str | None = None,
        url: str | None = None,
        trace_id: str | None = None,
    ) -> bool:
        """Store that a run touched an entity; whether that is known to have worked.

        Without `run_id` it is the run that the caller is in; so are its `url`, and `trace_id`.
        """
        return self.store_telemetry_many([(entity_type, entity_id)], run_id, url=url, trace_id=trace_id)

    def store_telemetry_many(
        self,
        entities: Entities,
        run_id: str | None = None,
        url: str | None = None,
        trace_id: str | None = None,
    ) -> bool:
        """The same for many entities, in one exchange with the store."""
        under_way = self._storing(entities, run_id, url, trace_id)
        if under_way is None:
            return False
        try:
            under_way[1].result(self.configuration.links_timeout_s)
        except Exception:  # the failure is logged when it is known
            return False
        return True

    def get_telemetry(self, entity_type: str, entity_id: object) -> TelemetryRecord | None:
        """The run that touched an entity last; None where there is none, or the store is away."""
        found = self.get_telemetry_with_url(entity_type, entity_id)
        return found.record if found else None

    def get_telemetry_with_url(self, entity_type: str, entity_id: object) -> TelemetryLink | None:
        """The same, with where the run can be looked at: `record, url = found`."""
        return next(iter(self._get([(entity_type, entity_id)]).values()), None)

    def get_telemetry_many(self, entities: Entities) -> dict[tuple[str, str], TelemetryLink | None]:
        """The links of many entities by type and id, those that were read in time; an exchange with the store
        for each thousand."""
        return self._get(entities)

    def _get(self, pairs: Entities) -> dict[tuple[str, str], TelemetryLink | None]:
        under_way = self._reading(pairs)
        if under_way is None:
            return {}
        reading, done = under_way
        try:
            done.result(self.configuration.links_timeout_s)
        except Exception as error:
            done.cancel()
            return self._read(reading, error)
        return self._read(reading, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncLinks(_Calls):
    """`Links` for asyncio: the same calls, to be awaited. The event loop is never held up."""

    async def store_telemetry(
        self,
        entity_type: str,
        entity_id: object,
        run_id: str | None = None,
        url: str | None = None,
        trace_id: str | None = None,
    ) -> bool:
        """Store that a run touched an entity; whether that is known to have worked."""
        return await self.store_telemetry_many([(entity_type, entity_id)], run_id, url=url, trace_id=trace_id)

    async def store_telemetry_many(
        self,
        entities: Entities,
        run_id: str | None = None,
        url: str | None = None,
        trace_id: str | None = None,
    ) -> bool:
        """The same for many entities, in one exchange with the store."""
        under_way = self._storing(entities, run_id, url, trace_id)
        if under_way is None:
            return False
        try:
            await _arrived(under_way[1], self.configuration.links_timeout_s)
        except Exception:  # the failure is logged when it is known
            return False
        return True

    async def get_telemetry(self, entity_type: str, entity_id: object) -> TelemetryRecord | None:
        """The run that touched an entity last; None where there is none, or the store is away."""
        found = await self.get_telemetry_with_url(entity_type, entity_id)
        return found.record if found else None

    async def get_telemetry_with_url(self, entity_type: str, entity_id: object) -> TelemetryLink | None:
        """The same, with where the run can be looked at."""
        return next(iter((await self.get_telemetry_many([(entity_type, entity_id)])).values()), None)

    async def get_telemetry_many(self, entities: Entities) -> dict[tuple[str, str], TelemetryLink | None]:
        """The links of many entities by type and id, those that were read in time; an exchange with the store
        for each thousand."""
        under_way = self._reading(entities)
        if under_way is None:
            return {}
        reading, done = under_way
        try:
            await _arrived(done, self.configuration.links_timeout_s)
        except Exception as error:
            done.cancel()
            return self._read(reading, error)
        return self._read(reading, None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)


def _quietly(work: Callable[[LinkStore], T], store: LinkStore) -> T:
    with own_requests():
        return work(store)


def _put(store: LinkStore, links: Sequence[Link]) -> None:
    """Store them and say how it went, whether or not somebody still waits for it."""
    try:
        store.put(links)
    except Exception as error:
        reports.not_stored(links, links[0].record.run_id, error)
        raise
    reports.stored(links)


async def _arrived(done: Future[T], limit_s: float) -> T:
    """What a thread of ours has to say. Raises TimeoutError after `limit_s`: the thread goes on."""
    arriving = asyncio.wrap_future(done)
    # Who no longer waits does not hear of its failure, which asyncio would log as forgotten.
    arriving.add_done_callback(lambda each: each.cancelled() or each.exception())
    await asyncio.wait([arriving], timeout=limit_s)
    if not arriving.done():
        raise TimeoutError
    return arriving.result()


def _record(run_id: object, url: object, trace_id: object) -> TelemetryRecord:
    """What is stored. Raises ValueError where there is no run."""
    inside = current_run()
    run = identifier(run_id) if run_id is not None else inside.id if inside is not None else ""
    if not run:
        raise ValueError("there is no run: give a run_id, or call it within sonde.run()")
    address = "" if url is None else text(url)
    if url is None and inside is not None and inside.id == run and inside.url is not None:
        address = text(inside.url)
    address = address.replace("{run_id}", quote(run, safe=""))
    if address and not is_web_address(address):
        complain("the address of a run starts with http:// or https://; %r was left out", address[:200])
        address = ""
    return TelemetryRecord(run_id=run, run_url=address, trace_id=_trace(trace_id))


def _trace(trace_id: object) -> str:
    if trace_id is not None:
        given = text(trace_id).strip().lower()
        if len(given) == 32 and not given.strip("0123456789abcdef") and given.strip("0"):
            return given
        complain("a trace id is 32 hexadecimal digits; %r was left out", given[:64])
        return ""
    here = get_current_span(current.now()).get_span_context()
    return format_trace_id(here.trace_id) if here.is_valid else ""
