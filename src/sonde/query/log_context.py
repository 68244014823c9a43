"""One log record, and what its process logged around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sonde.errors import BadRequest, NotFound
from sonde.query.answers import Log, LogContext
from sonde.query.rows import LOG_COLUMNS, log
from sonde.query.search import Condition, Node, condition
from sonde.query.statements import statement
from sonde.query.time import DAY_NS, HOUR_NS, MAX_NS, MIN_NS, MINUTE_NS

if TYPE_CHECKING:
    from sonde.store import Database

MOST = 500
"""Records on either side."""

_ID = re.compile(r"(-?[0-9a-f]{1,16})-([0-9a-f]{1,16})-([0-9a-f]{1,8})", re.ASCII)

# What is near is looked for first: a busy process fills a page within minutes, and a day is dear to read.
_REACHES_NS = (10 * MINUTE_NS, 6 * HOUR_NS, 7 * DAY_NS)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record is in the order of all."""

    at_ns: int
    segment: int
    ordinal: int

    @property
    def params(self) -> dict[str, object]:
        """Values of its places in statements."""
        return {"at": self.at_ns, "segment": self.segment, "ordinal": self.ordinal}


def get(database: Database, log_id: str) -> Log:
    """The log record with this id. Raises BadRequest for what is no id, and NotFound."""
    return _at(database, _place_of(log_id), log_id)


def context(database: Database, log_id: str, node: Node, *, before: int, after: int) -> LogContext:
    """The record, and those of the same process around it that match, as far as a week away.

    The same process is the same service and `service.instance.id`; without one, the same `host.name` and
    `process.pid`; without these, the same resource.

    Raises BadRequest for what is no id, SearchSyntaxError, and NotFound.
    """
    place = _place_of(log_id)
    record = _at(database, place, log_id)
    wanted = condition(node, "logs")
    return {
        "before": _around(database, place, record, wanted, "before", before)[::-1],
        "at": record,
        "after": _around(database, place, record, wanted, "after", after),
    }


def _place_of(log_id: str) -> _Place:
    found = _ID.fullmatch(log_id.strip().lower())
    numbers = [int(part, 16) for part in found.groups()] if found else []
    if not numbers or not MIN_NS <= numbers[0] <= MAX_NS:
        raise BadRequest(
            f"cannot look up the log record {log_id[:64]!r}: this is no id of one",
            hint="ids are in the field id of GET /api/v1/logs",
        )
    return _Place(*numbers)


def _at(database: Database, place: _Place, log_id: str) -> Log:
    rows = database.query(statement("log_at", columns=LOG_COLUMNS), place.params).rows
    if not rows:
        raise NotFound(f"there is no log record {log_id}", hint="it may be past its retention")
    return log(rows[0])


def _around(
    database: Database,
    place: _Place,
    record: Log,
    wanted: Condition,
    side: Literal["before", "after"],
    limit: int,
) -> list[Log]:
    """The records on one side, the nearest first."""
    if not limit:
        return []
    process, params = _same_process(record["resource"])
    records: list[Log] = []
    for reach_ns in _REACHES_NS:
        end_ns = place.at_ns - reach_ns if side == "before" else place.at_ns + reach_ns
        rows = database.query(
            statement(f"logs_{side}", columns=LOG_COLUMNS, process=process, condition=wanted.sql),
            {
                **wanted.params,
                **params,
                **place.params,
                "end": min(MAX_NS, max(MIN_NS, end_ns)),
                "service": record["service"],
                "limit": limit,
            },
        ).rows
        records = [log(row) for row in rows]
        if len(records) == limit:
            break
    return records


def _same_process(resource: Mapping[str, str]) -> tuple[str, dict[str, object]]:
    """The condition on a resource to be of the same process, and the values it binds."""
    for keys in (("service.instance.id",), ("host.name", "process.pid")):
        if all(resource.get(key) for key in keys):
            return _same(resource, keys)
    same, params = _same(resource, tuple(resource))
    return f"{same} AND length(mapKeys(ResourceAttributes)) = {len(resource)}", params


def _same(resource: Mapping[str, str], keys: tuple[str, ...]) -> tuple[str, dict[str, object]]:
    parts = ["1"]
    params: dict[str, object] = {}
    for number, key in enumerate(keys):
        parts.append(f"ResourceAttributes[{{r{number}:String}}] = {{v{number}:String}}")
        params |= {f"r{number}": key, f"v{number}": resource[key]}
    return " AND ".join(parts), params
