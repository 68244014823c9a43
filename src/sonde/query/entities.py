"""Entities by their ids: exact ones and those that begin so, of any type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sonde import semconv
from sonde.query import cursors
from sonde.query.cursors import Cursor
from sonde.query.entity_answers import EntityMatch, EntityPage
from sonde.query.links import Entity
from sonde.query.statements import BY_KEY, statement
from sonde.query.time import MAX_NS, MIN_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

MAX_TYPES: Final = 1000
_NEWEST_READ: Final = 1000
_KEY = (int, str, str)
_ALL_TIMES = TimeRange(MIN_NS, MAX_NS)
# Exact ids go before the others.
_EXACT, _BEGINS = 0, 1


class _Place(NamedTuple):
    """After which entity a page begins."""

    stage: int
    type: str
    id: str


_FIRST = _Place(_EXACT, "", "")


def search(
    database: Database,
    text: str,
    *,
    entity_type: str = "",
    limit: int,
    cursor: str | None = None,
    question: str = "",
) -> EntityPage:
    """A page of the entities whose id is `text` or begins with it; of those touched last, if it is empty.

    Args:
        database: the tenant's.
        text: an id, or how it begins; big and small letters differ. Spaces around it count where an id has
            them, else not.
        entity_type: only those of this type.
        limit: most entities of the page.
        cursor: `nextCursor` of the page before.
        question: everything of the request that a cursor is bound to.

    Raises BadRequest: the cursor is not one of this question.
    """
    text = _as_stored(database, text, entity_type)
    place = _FIRST
    if cursor is not None:
        stage, kind, entity_id = cursors.decode(cursor, question, _KEY).key
        place = _Place(int(stage), str(kind), str(entity_id))
    types = [] if cursor else types_of(database)
    if not text:
        newest = _newest(database, entity_type, limit)
        return {"entities": _matches(database, text, newest), "types": types, "nextCursor": None}
    found = matching(database, text, entity_type=entity_type, limit=limit + 1, after=place)
    following = None
    if len(found) > limit:
        last = found[limit - 1]
        key = (_EXACT if last.id == text else _BEGINS, last.type, last.id)
        following = cursors.encode(Cursor(_ALL_TIMES, key), question)
    shown = _matches(database, text, found[:limit])
    return {"entities": shown, "types": types, "nextCursor": following}


def _as_stored(database: Database, text: str, entity_type: str) -> str:
    """The text itself where an id is or begins so, else without the spaces around it."""
    text, bare = (each[: semconv.MAX_ENTITY_ID_CHARS] for each in (text, text.strip()))
    return text if text != bare and matching(database, text, entity_type=entity_type, limit=1) else bare


def matching(
    database: Database, text: str, *, entity_type: str = "", limit: int, after: _Place = _FIRST
) -> list[Entity]:
    """The entities whose id is `text`, then those whose id begins with it, by type and id."""
    params = {"begin": text, "type": entity_type}
    entities: list[Entity] = []
    begins_after = ("", "")
    if after.stage == _EXACT:
        exactly = {**params, "after_type": after.type, "limit": limit}
        rows = database.query(statement("entities_exactly"), exactly, settings=BY_KEY).rows
        entities += [Entity(*row) for row in rows]
    else:
        begins_after = (after.type, after.id)
    if len(entities) < limit:
        begin = {**params, "not": text, "limit": limit - len(entities)}
        begin |= {"after_type": begins_after[0], "after_id": begins_after[1]}
        rows = database.query(statement("entities_begin_so"), begin, settings=BY_KEY).rows
        entities += [Entity(*row) for row in rows]
    return entities


def facts(database: Database, entities: Sequence[Entity]) -> dict[Entity, Sequence[Any]]:
    """Of each entity that something touched: when first and last (nanoseconds), how many runs and traces did,
    and the run that did last."""
    if not entities:
        return {}
    rows = database.query(
        statement("entities_facts"), {"entities": [tuple(each) for each in entities]}, settings=BY_KEY
    ).rows
    return {Entity(*row[:2]): row[2:] for row in rows}


def types_of(database: Database) -> list[str]:
    """The types of entities that something touched."""
    rows = database.query(
        "SELECT DISTINCT EntityType FROM entity_links ORDER BY EntityType LIMIT {limit:UInt32}",
        {"limit": MAX_TYPES},
    ).rows
    return [str(row[0]) for row in rows]


def _newest(database: Database, entity_type: str, limit: int) -> list[Entity]:
    rows = database.query(
        statement("entities_newest"), {"type": entity_type, "limit": max(_NEWEST_READ, limit)}
    ).rows
    return list(dict.fromkeys(Entity(*row) for row in rows))[:limit]


def _matches(database: Database, text: str, entities: Sequence[Entity]) -> list[EntityMatch]:
    known = facts(database, entities)
    return [_match(text, each, *known[each]) for each in entities if each in known]


def _match(
    text: str, entity: Entity, first_ns: int, last_ns: int, runs: int, traces: int, last_run: str
) -> EntityMatch:
    return {
        "type": entity.type,
        "id": entity.id,
        "isExact": entity.id == text,
        "firstSeen": iso(first_ns),
        "lastSeen": iso(last_ns),
        "runCount": runs,
        "traceCount": traces,
        "lastRunId": last_run,
    }
