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

from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import format_trace_id, get_current_span

from sonde import semconv
from sonde.link_stores.interface import Entity, Found, Link, LinkStore
from sonde.records import TelemetryEntityType, TelemetryRecord
from sonde.sdk import configuration as configurations
from sonde.sdk import current
from sonde.sdk.complaints import complain
from sonde.sdk.configuration import Configuration
from sonde.sdk.inherited import identifier
from sonde.sdk.links.choice import chosen_store, server_address
from sonde.sdk.links.counts import count
from sonde.sdk.runs import current_run
from sonde.sdk.values import text
from sonde.settings.run_pages import FIELDS, RunPages, is_web_address, run_pages

T = TypeVar("T")

THREADS: Final = 8
WAITING_AT_MOST: Final = 64
"""Calls under way or waiting for a thread: beyond it a call fails at once."""

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
            _failed(links, run_id, error)
            return None

    def _reading(self, pairs: Entities) -> tuple[list[Entity], Future[list[Found | None]]] | None:
        """A read under way; None where there is nothing to read. Never raises."""
        try:
            entities = list(self._entities(pairs, told=False)) if self.configuration.enabled else []
            if not entities:
                return None
            return entities, self._submit(lambda store: store.get(entities))
        except Exception as error:
            _not_read([], error)
            return None

    def _read(
        self, entities: Sequence[Entity], found: Sequence[Found | None]
    ) -> dict[tuple[str, str], TelemetryLink | None]:
        there = sum(each is not None for each in found)
        count("retrieve", "found", there)
        count("retrieve", "missing", len(found) - there)
        return {entity: self._with_url(each) for entity, each in zip(entities, found, strict=True)}

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
        """The links of many entities by type and id, in one exchange with the store."""
        return self._get(entities)

    def _get(self, pairs: Entities) -> dict[tuple[str, str], TelemetryLink | None]:
        under_way = self._reading(pairs)
        if under_way is None:
            return {}
        entities, done = under_way
        try:
            found = done.result(self.configuration.links_timeout_s)
        except Exception as error:
            done.cancel()
            return _not_read(entities, error)
        return self._read(entities, found)

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
            # A write is not given up when the caller's time is over.
            await asyncio.wait_for(
                asyncio.shield(asyncio.wrap_future(under_way[1])), self.configuration.links_timeout_s
            )
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
        """The links of many entities by type and id, in one exchange with the store."""
        under_way = self._reading(entities)
        if under_way is None:
            return {}
        wanted, done = under_way
        try:
            found = await asyncio.wait_for(asyncio.wrap_future(done), self.configuration.links_timeout_s)
        except Exception as error:
            return _not_read(wanted, error)
        return self._read(wanted, found)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)


def _quietly(work: Callable[[LinkStore], T], store: LinkStore) -> T:
    # Requests of ours are no telemetry of the program's.
    with suppress_instrumentation():
        return work(store)


def _put(store: LinkStore, links: Sequence[Link]) -> None:
    """Store them and say how it went, whether or not somebody still waits for it."""
    try:
        store.put(links)
    except Exception as error:
        _failed(links, links[0].record.run_id, error)
        raise
    count("store", "stored", len(links))
    for link in links if _log.isEnabledFor(logging.DEBUG) else ():
        _log.debug("Telemetry stored: %s", _words(link.entity, link.record.run_id), extra=_extra(link))


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


def _failed(links: Sequence[Link], run_id: object, error: BaseException) -> None:
    count("store", "failed", len(links))
    if not links:
        _log.warning("Telemetry storage failed: run_id=%s: %s", run_id, error or type(error).__name__)
    for link in links:
        why = str(error) or type(error).__name__
        _log.warning("Telemetry storage failed: %s: %s", _words(link.entity, run_id), why, extra=_extra(link))


def _not_read(
    entities: Sequence[Entity], error: BaseException
) -> dict[tuple[str, str], TelemetryLink | None]:
    why = str(error) or "no answer in time"
    count("retrieve", "failed", len(entities))
    for entity in entities or [None]:
        what = f"entity_type={entity.type} entity_id={entity.id}" if entity else "no entity"
        _log.warning("Telemetry retrieval failed: %s: %s", what, why)
    return dict.fromkeys(entities)


def _words(entity: Entity, run_id: object) -> str:
    return f"entity_type={entity.type} entity_id={entity.id} run_id={run_id}"


def _extra(link: Link) -> dict[str, str]:
    return {"entity_type": link.entity.type, "entity_id": link.entity.id, "run_id": link.record.run_id}
