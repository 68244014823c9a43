"""Which run touched an entity last, and all that did.

What is stored is put together with what was accepted a moment ago and is on its way to the store: both are
touches, and of them the newest counts, whichever came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from sonde import semconv
from sonde.query.statements import BY_KEY, ONE_THREAD, statement

if TYPE_CHECKING:
    from sonde.store import Database

MAX_ENTITIES: Final = 1000
"""Entities that may be asked for at once."""

# An entity with more rows than this is summed up by the engine.
_FEW_ROWS: Final = 200
_TRACES_OF_A_RUN: Final = 100
# The key leads to the granule: looking into skip indexes besides costs a sixth, and rewriting a plan that
# has one step a tenth.
_ONE_KEY: Final = {**BY_KEY, "use_skip_indexes": 0, "query_plan_enable_optimizations": 0}


class Entity(NamedTuple):
    """A business object."""

    type: str
    id: str

    def shortened(self) -> Entity:
        """As it is stored."""
        return Entity(self.type, self.id[: semconv.MAX_ENTITY_ID_CHARS])


class Touch(NamedTuple):
    """That a run touched an entity, in a trace; outside of runs, `run_id` is empty."""

    run_id: str
    trace_id: str
    run_url: str
    first_ns: int
    last_ns: int


@dataclass(slots=True)
class Toucher:
    """A run that touched an entity, or with `run_id` empty a trace that did."""

    run_id: str
    run_url: str = ""
    first_ns: int = 0
    last_ns: int = 0
    traces: dict[str, int] = field(default_factory=dict[str, int])
    """When each trace of it did."""
    _url_ns: int = 0

    def add(self, touch: Touch) -> None:
        """Count one touch more."""
        self.first_ns = min(self.first_ns, touch.first_ns) if self.last_ns else touch.first_ns
        self.last_ns = max(self.last_ns, touch.last_ns)
        if touch.run_url and (touch.last_ns, touch.run_url) >= (self._url_ns, self.run_url):
            self.run_url, self._url_ns = touch.run_url, touch.last_ns
        if touch.trace_id:
            self.traces[touch.trace_id] = max(self.traces.get(touch.trace_id, 0), touch.last_ns)

    @property
    def trace_ids(self) -> list[str]:
        """Its traces, the newest first."""
        return sorted(self.traces, key=lambda trace: (self.traces[trace], trace), reverse=True)


Recent = Mapping[Entity, Sequence[Touch]]
"""What was accepted a moment ago, or is kept outside of the store."""


def together(one: Recent, other: Recent) -> Recent:
    """Both."""
    if not one or not other:
        return one or other
    return {entity: [*one.get(entity, ()), *other.get(entity, ())] for entity in {**one, **other}}


def last(database: Database, entity: Entity, recent: Recent) -> Toucher | None:
    """The run that touched the entity last, of whatever age; None where none did."""
    touches = [*stored_of(database, entity), *recent.get(entity.shortened(), ())]
    return newest_run(touchers(touches))


def stored_of(database: Database, entity: Entity) -> list[Touch]:
    """What is stored of one entity: everything, or where that is very much, the newest of each run."""
    entity = entity.shortened()
    params = {"type": entity.type, "id": entity.id, "limit": _FEW_ROWS + 1}
    rows = database.query(statement("links_of_entity"), params, settings=_ONE_KEY).rows
    if len(rows) > _FEW_ROWS:
        return stored(database, [entity], limit=10 * _FEW_ROWS).get(entity, [])
    return [Touch(*row) for row in rows]


def newest_of_each(database: Database, entities: Iterable[Entity]) -> dict[Entity, list[Touch]]:
    """What is stored of the newest runs of many entities (by their shortened ids), in one statement."""
    wanted = list(dict.fromkeys(entity.shortened() for entity in entities))
    found = stored(database, wanted, limit=2)
    return {entity: found.get(entity, []) for entity in wanted}


def stored(database: Database, entities: Sequence[Entity], *, limit: int) -> dict[Entity, list[Touch]]:
    """The newest `limit` runs (and as many traces without one) of each entity, a touch for each trace."""
    found: dict[Entity, list[Touch]] = {}
    params = {"entities": [tuple(entity) for entity in entities], "limit": limit, "traces": _TRACES_OF_A_RUN}
    rows = database.query(statement("links_of_entities"), params, settings=ONE_THREAD).rows
    for entity_type, entity_id, run_id, run_url, traces, first_ns, last_ns in rows:
        places: list[tuple[int, str]] = [(int(at), str(trace)) for at, trace in traces] or [(last_ns, "")]
        found.setdefault(Entity(entity_type, entity_id), []).extend(
            Touch(run_id, trace, run_url, min(first_ns, at), last_ns if index == 0 else at)
            for index, (at, trace) in enumerate(places)
        )
    return found


def touchers(touched: Iterable[Touch]) -> list[Toucher]:
    """Runs, and traces outside of runs, the newest first.

    Of two at the same nanosecond the one with the greater id is first: the order of arrival decides nothing.
    """
    found: dict[tuple[str, str], Toucher] = {}
    for touch in touched:
        key = (touch.run_id, "" if touch.run_id else touch.trace_id)
        found.setdefault(key, Toucher(touch.run_id)).add(touch)
    return [found[key] for key in sorted(found, key=lambda key: (found[key].last_ns, key), reverse=True)]


def newest_run(found: Iterable[Toucher]) -> Toucher | None:
    """The first that is a run."""
    return next((each for each in found if each.run_id), None)
