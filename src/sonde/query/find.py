"""What an id is the id of: whoever has one need not know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sonde import semconv
from sonde.query import entities
from sonde.query.links import MAX_ENTITIES, Entity
from sonde.query.statements import BY_KEY, statement
from sonde.records import TelemetryEntityType

if TYPE_CHECKING:
    from sonde.store import Database

MAX_CHARS: Final = semconv.MAX_ENTITY_ID_CHARS
_TRACE_ID_DIGITS: Final = 32


class Finding(TypedDict):
    """Something with the id that was looked for; `type` is that of an entity.

    `isExact` is false for an entity whose id only begins so.
    """

    kind: Literal["entity", "run", "trace", "orchestration", "conversation", "session", "correlation"]
    type: str
    id: str
    isExact: bool


class Findings(TypedDict):
    """All that was found, what has this very id first."""

    found: list[Finding]


def find(database: Database, text: str, *, limit: int) -> Findings:
    """What has this id; and at most `limit` entities whose id begins with it.

    Where nothing has this very id, what has it without the spaces around it.
    """
    found = _found(database, text, limit)
    bare = text.strip()
    if bare != text and not any(each["isExact"] for each in found):
        found = _found(database, bare, limit) or found
    return {"found": sorted(found, key=lambda each: not each["isExact"])}


def possible(database: Database, text: str) -> list[Entity]:
    """Entities that may have this id, for whoever can only say of one whether there is anything: of the types
    that are always there, and of those that something touched."""
    types = dict.fromkeys([*map(str, TelemetryEntityType), *entities.types_of(database)])
    return [Entity(kind, each) for each in dict.fromkeys((text, text.strip())) if each for kind in types][
        :MAX_ENTITIES
    ]


def with_entities(findings: Findings, others: Iterable[Entity]) -> Findings:
    """What was found, and these entities, which have the very id."""
    found = findings["found"]
    known = {(each["type"], each["id"]) for each in found if each["kind"] == "entity"}
    more = [
        Finding(kind="entity", type=each.type, id=each.id, isExact=True)
        for each in others
        if each not in known
    ]
    return {"found": sorted([*found, *more], key=lambda each: not each["isExact"])}


def _found(database: Database, text: str, limit: int) -> list[Finding]:
    text = text[:MAX_CHARS]
    if not text:
        return []
    trace_id = text.lower() if len(text) == _TRACE_ID_DIGITS else ""
    rows = database.query(statement("find"), {"id": text, "trace_id": trace_id}, settings=BY_KEY).rows
    found: list[Finding] = [
        Finding(kind=kind, type="", id=trace_id if kind == "trace" else text, isExact=True)
        for (kind,) in rows
    ]
    found += [
        Finding(kind="entity", type=each.type, id=each.id, isExact=each.id == text)
        for each in entities.matching(database, text, limit=limit)
    ]
    return found
