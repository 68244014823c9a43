"""Keys and values of attributes in recent records, for completion: cheap and bounded, not complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sonde.query.answers import KeyCount, KeyList, ValueList
from sonde.query.search import Searched
from sonde.query.search.fields import FIELDS, OWN_ATTRIBUTES, Text
from sonde.query.statements import statement
from sonde.query.time import TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

SAMPLED_ROWS = 100_000
"""Records looked at in each table; the engine stops there."""

# Metrics of the other types bear the same kinds of attributes.
TABLES: dict[Searched, tuple[tuple[str, str], ...]] = {
    "spans": (("otel_traces", "Timestamp"),),
    "logs": (("otel_logs", "Timestamp"),),
    "metrics": tuple(
        (f"otel_metrics_{kind}", "TimeUnix")
        for kind in ("gauge", "sum", "histogram", "exp_histogram", "summary")
    ),
}
"""The tables of each kind of record, and their column of time."""


def keys(database: Database, searched: Searched, range_: TimeRange, *, prefix: str, limit: int) -> KeyList:
    """Attribute keys that begin with `prefix` in any case, the most frequent first."""
    found: dict[str, int] = {}
    for table, time in TABLES[searched]:
        sql = statement("attribute_keys", table=table, time=time, attributes=OWN_ATTRIBUTES[searched])
        params = {**range_.params, "prefix": prefix, "sampled": SAMPLED_ROWS, "limit": limit}
        for key, count in database.query(sql, params).rows:
            found[key] = found.get(key, 0) + count
    return {"keys": _most_frequent(found, limit)}


def values(
    database: Database, searched: Searched, range_: TimeRange, *, key: str, prefix: str, limit: int
) -> ValueList:
    """Values of an attribute, or of a field with its own column, that begin with `prefix` in any case."""
    field = FIELDS[searched].get(key)
    found: dict[str, int] = {}
    for table, time in TABLES[searched]:
        if isinstance(field, Text):
            value, params = field.column, dict[str, object]()
        else:
            own = OWN_ATTRIBUTES[searched]
            value = (
                f"if({own}[{{key:String}}] != '', {own}[{{key:String}}], ResourceAttributes[{{key:String}}])"
            )
            params = {"key": key}
        sql = statement("attribute_values", table=table, time=time, value=value)
        params |= {**range_.params, "prefix": prefix, "sampled": SAMPLED_ROWS, "limit": limit}
        for text, count in database.query(sql, params).rows:
            found[text] = found.get(text, 0) + count
    return {"values": _most_frequent(found, limit)}


def _most_frequent(found: dict[str, int], limit: int) -> list[KeyCount]:
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [{"value": value, "count": count} for value, count in ordered[:limit]]
