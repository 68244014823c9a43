"""The audit log: who asked for which link, and how links are used by what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sonde.errors import BadRequest
from sonde.query import cursors
from sonde.query.cursors import Cursor
from sonde.query.link_answers import LinkAnswerCount, LinkUse
from sonde.query.statements import statement
from sonde.query.time import MAX_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

ACTIONS: Final = ("read", "history", "search", "redirect", "click", "write", "token")
RESULTS: Final = ("found", "unknown", "expired", "forbidden", "unauthenticated", "stored", "issued", "error")

_KEY = (int, int, int)
_MISSING: Final = frozenset({"unknown", "expired"})
_REFUSED: Final = frozenset({"forbidden", "unauthenticated"})
_RETRIEVALS: Final = frozenset({"read", "history", "redirect"})


class AuditRow(TypedDict):
    """One access to the link of an entity.

    `keyId` and `keyName` are empty where no key was needed or none was known, `tokenId` where no token was
    used or it is none of this server's; `keyName` also where the key of a token is gone. Of a request that
    was refused there is an entry for each entity, up to 100; where nothing tells who sent it, for the first.
    A `search` that told the runs of more than ten entities has one for what was asked for, without a run.
    `forwardedFor` is what the request said, which anybody may write.
    """

    at: str
    unixNs: str
    action: str
    result: str
    keyId: str
    keyName: str
    tokenId: str
    entityType: str
    entityId: str
    runId: str
    clientAddress: str
    forwardedFor: str
    origin: str


class AuditPage(TypedDict):
    """A page of the audit log, newest first."""

    audit: list[AuditRow]
    nextCursor: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; "" is any. Raises BadRequest for an action or a result that there is not."""

    action: str = ""
    result: str = ""
    entity_type: str = ""
    entity_id: str = ""
    key_id: str = ""

    def __post_init__(self) -> None:
        for what, value, known in (("action", self.action, ACTIONS), ("result", self.result, RESULTS)):
            if value and value not in known:
                raise BadRequest(
                    f"cannot list the audit log by the {what} {value[:40]!r}",
                    hint=f"use one of {', '.join(known)}",
                )

    def condition(self) -> tuple[str, dict[str, object]]:
        """The condition in SQL and what it binds."""
        named = {
            "action": ("Action", self.action),
            "result": ("Result", self.result),
            "type": ("EntityType", self.entity_type),
            "id": ("EntityId", self.entity_id),
            "key": ("KeyId", self.key_id),
        }
        given = {name: pair for name, pair in named.items() if pair[1]}
        sql = " AND ".join(f"{column} = {{{name}:String}}" for name, (column, _) in given.items())
        return sql or "true", {name: value for name, (_, value) in given.items()}


def entries(
    database: Database, wanted: Wanted, range_: TimeRange, *, limit: int, cursor: str | None = None
) -> AuditPage:
    """A page of entries, newest first. Raises BadRequest: the cursor is not one of this question."""
    question = f"audit\n{wanted}"
    last: tuple[int | str, ...] = (MAX_NS, 2**64 - 1, 2**32 - 1)
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_, last = found.range, found.key
    condition, params = wanted.condition()
    names = ("last", "last_segment", "last_ordinal")
    rows = database.query(
        statement("audit", condition=condition),
        {**params, **range_.params, **dict(zip(names, last, strict=True)), "limit": limit + 1},
    ).rows
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = cursors.encode(Cursor(range_, tuple(rows[-1][:3])), question)
    return {"audit": [_entry(row) for row in rows], "nextCursor": following}


def link_use(database: Database, range_: TimeRange) -> LinkUse:
    """How links were stored, read and followed."""
    rows = database.query(statement("link_use"), range_.params).rows
    answers: list[LinkAnswerCount] = [
        {"action": action, "result": result, "count": count} for action, result, count in rows
    ]

    def count(actions: frozenset[str], results: frozenset[str]) -> int:
        return sum(
            each["count"] for each in answers if each["action"] in actions and each["result"] in results
        )

    stored, unstored = (count(frozenset({"write"}), frozenset({result})) for result in ("stored", "error"))
    found = count(_RETRIEVALS, frozenset({"found"}))
    answered = found + count(_RETRIEVALS, _MISSING)
    failed = count(_RETRIEVALS, frozenset({"error"}))
    return {
        "since": iso(range_.since_ns),
        "until": None if range_.until_ns == MAX_NS else iso(range_.until_ns),
        "stored": stored,
        "storeFailures": unstored,
        "storeSuccessRate": _rate(stored, stored + unstored),
        "retrieved": answered,
        "retrieveFailures": failed,
        "successRate": _rate(answered, answered + failed),
        "found": found,
        "foundRate": _rate(found, answered),
        "refused": count(frozenset(ACTIONS), _REFUSED),
        "clicks": count(frozenset({"redirect", "click"}), frozenset({"found"})),
        "tokens": count(frozenset({"token"}), frozenset({"issued"})),
        "answers": answers,
    }


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _entry(row: Sequence[Any]) -> AuditRow:
    return {
        "at": iso(row[0]),
        "unixNs": str(row[0]),
        "action": row[3],
        "result": row[4],
        "keyId": row[5],
        "keyName": row[6],
        "tokenId": row[7],
        "entityType": row[8],
        "entityId": row[9],
        "runId": row[10],
        "clientAddress": row[11],
        "forwardedFor": row[12],
        "origin": row[13],
    }
