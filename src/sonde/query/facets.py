"""The most frequent values of fields and attributes among the records that match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sonde.errors import BadRequest
from sonde.query.attributes import TABLES
from sonde.query.counts import SEVERITY_NAME
from sonde.query.exactness import Reading, reading
from sonde.query.sampling import Blocks, first_in, rows_to_read
from sonde.query.search import Condition, Node, Searched, condition
from sonde.query.search.fields import (
    OWN_ATTRIBUTES,
    RESERVED,
    Attribute,
    Severity,
    Text,
    attribute_name,
    resolve,
)
from sonde.query.search.tree import Exists, Term
from sonde.query.search_answers import Facet, Facets, FacetValue
from sonde.query.statements import statement
from sonde.query.time import TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

MAX_FIELDS = 32
MAX_VALUES = 100
MAX_LENGTH = 200
"""Characters of a value that are told."""

EXACT_ROWS = 4_000_000
"""Rows in which fields are counted; above it, in blocks of about as many."""

ATTRIBUTE_ROWS = 30_000
"""Rows whose attributes are read: a map costs some twenty times what a field does."""

MATCHES_AT_LEAST = 100
"""Matches wanted in such a sample, even if more rows have to be looked at."""

DEFAULT_FIELDS: Mapping[Searched, tuple[str, ...]] = {
    "spans": ("component", "service", "operation", "status", "kind"),
    "logs": ("component", "service", "severity", "event"),
}
DEFAULT_ATTRIBUTES = 8
_MANY_VALUES = 100
_IDS_FROM = 5

# Of a resource's attributes, those that tell one deployment from another; the statement has them too.
_RESOURCE = ("deployment.environment.name", "host.name", "k8s.pod.name", "service.version")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The fields asked for by the expression of their value, and what these bind."""

    columns: Mapping[str, str]
    attributes: Mapping[str, str]
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Question:
    """What every statement about these records has in common."""

    searched: Searched
    condition: Condition
    range: TimeRange
    how: Reading

    def parts(self, blocks: Blocks) -> dict[str, str]:
        """The places of the statements that are the same."""
        return {
            "table": TABLES[self.searched][0][0],
            # A part of the versions of a span is no sample of its newest.
            "final": self.how.final if self.searched == "spans" and blocks.stride == 1 else "",
            "condition": self.condition.sql,
            "sample": blocks.sql,
        }

    def params(self, blocks: Blocks) -> dict[str, object]:
        """The values they bind."""
        return {**self.condition.params, **self.range.params, **blocks.params}


def facets(
    database: Database,
    searched: Searched,
    node: Node,
    range_: TimeRange,
    *,
    fields: Sequence[str] = (),
    limit: int = 10,
) -> Facets:
    """The facets of spans or logs; counts of spans are weighted by sampling.

    Args:
        database: the tenant's.
        searched: spans or logs.
        node: the search.
        range_: when they began.
        fields: fields and attributes, as a search names them; by default those of DEFAULT_FIELDS and the
            most frequent attributes that have few values.
        limit: most values of each.

    Raises:
        SearchSyntaxError: the search names what these records do not have.
        BadRequest: a field is none that can be counted by.
    """
    wanted = _wanted(searched, fields)
    how = reading(database, range_) if searched == "spans" else Reading(exact=True)
    question = _Question(searched, condition(node, searched), range_, how)
    [(table, time)] = TABLES[searched]
    to_read = rows_to_read(database, table, time, question.condition, range_)
    blocks = Blocks(max(1, to_read // EXACT_ROWS))
    matched, rows, found = _fields(database, question, wanted.columns, {}, blocks, limit)
    sampled = blocks.stride > 1
    if wanted.attributes or not fields:
        blocks = Blocks(max(1, min(to_read // ATTRIBUTE_ROWS, rows // MATCHES_AT_LEAST)))
        read, attributes = _attributes(database, question, wanted, blocks, limit)
        if blocks.stride > 1 and 4 * read < matched:
            # What matches lies together: hardly in the sample, and read as a whole in few blocks.
            blocks = Blocks(1)
            read, attributes = _attributes(database, question, wanted, blocks, limit)
        sampled = sampled or blocks.stride > 1
        found |= {name: _scaled(each, matched / read if read else 0) for name, each in attributes.items()}
    names = fields or (*DEFAULT_FIELDS[searched], *(name for name in found if name not in wanted.columns))
    empty: dict[str, Facet] = {name: {"field": name, "values": [], "other": 0} for name in names}
    return {
        "facets": list((empty | found).values()),
        "matched": matched,
        "sampled": sampled,
        "exact": how.exact,
    }


def _wanted(searched: Searched, names: Sequence[str]) -> _Wanted:
    if len(names) > MAX_FIELDS:
        raise BadRequest(f"cannot answer {len(names)} facets: the most is {MAX_FIELDS}")
    columns: dict[str, str] = {}
    attributes: dict[str, str] = {}
    params: dict[str, object] = {}
    for name in names or DEFAULT_FIELDS[searched]:
        # The key of a flag takes no other match than one of its names.
        field = None if name in RESERVED else resolve(searched, Term(name, Exists(), 0))
        match field:
            case Text(column):
                columns[name] = f"substringUTF8({column}, 1, {MAX_LENGTH + 1})"
            case Severity():
                columns[name] = SEVERITY_NAME
            case Attribute(key, maps):
                place = f"k{len(params)}"
                params[place] = key
                value = first_in(maps, f"{{{place}:String}}")
                attributes[name] = f"substringUTF8({value}, 1, {MAX_LENGTH + 1})"
            case _:
                raise BadRequest(
                    f"cannot count by {name}: it is not a text",
                    hint="ask for a field such as service or status, or for an attribute",
                )
    return _Wanted(columns, attributes, params)


def _fields(
    database: Database,
    question: _Question,
    expressions: Mapping[str, str],
    params: Mapping[str, object],
    blocks: Blocks,
    limit: int,
) -> tuple[int, int, dict[str, Facet]]:
    """How many records match, how many rows these are, and the facets by name."""
    distinct = list(dict.fromkeys(expressions.values())) or ["''"]
    columns = [f"c{index}" for index in range(len(distinct))]
    every = (1 << len(columns)) - 1
    rows = database.query(
        statement(
            "facet_fields",
            columns=", ".join(columns),
            selected=", ".join(f"{each} AS {name}" for each, name in zip(distinct, columns, strict=True)),
            sets=", ".join(f"({name})" for name in columns),
            **question.parts(blocks),
        ),
        {**question.params(blocks), **params, "all": every, "limit": limit},
        settings=question.how.settings,
    ).rows
    # The first column has the highest bit.
    bits = {every ^ (1 << (len(columns) - 1 - index)): each for index, each in enumerate(distinct)}
    matched = matching_rows = 0
    told: dict[str, list[tuple[str, float]]] = {}
    wholes: dict[str, float] = {}
    for which, value, records, whole, count in rows:
        if which == every:
            matched, matching_rows = round(records * blocks.stride), count * blocks.stride
        else:
            told.setdefault(bits[which], []).append((value, records * blocks.stride))
            wholes[bits[which]] = whole * blocks.stride
    return (
        matched,
        matching_rows,
        {name: _facet(name, wholes[each], told[each]) for name, each in expressions.items() if each in told},
    )


def _attributes(
    database: Database, question: _Question, wanted: _Wanted, blocks: Blocks, limit: int
) -> tuple[float, dict[str, Facet]]:
    """The weight of the records in these blocks, and the facets of their attributes."""
    if wanted.attributes:
        matched, _, found = _fields(database, question, wanted.attributes, wanted.params, blocks, limit)
        return matched, found
    rows = database.query(
        statement("facet_attributes", attributes=OWN_ATTRIBUTES[question.searched], **question.parts(blocks)),
        {**question.params(blocks), "length": MAX_LENGTH + 1, "limit": limit},
        settings=question.how.settings,
    ).rows
    by_key = {row[0]: row for row in rows}
    _, read, _, _ = by_key.pop("", ("", 0, 0, ()))
    few = [row for row in by_key.values() if _has_few_values(row[2], row[1])]
    # A key with a single value tells less than one with several, and every record has a resource's.
    few.sort(key=lambda row: (row[2] == 1, row[0] in _RESOURCE, -row[1], row[0]))
    chosen = {attribute_name(row[0]): row for row in few[:DEFAULT_ATTRIBUTES]}
    return (
        read * blocks.stride,
        {
            name: _facet(name, whole * blocks.stride, [(text, n * blocks.stride) for text, n in values])
            for name, (_, whole, _, values) in chosen.items()
        },
    )


def _has_few_values(distinct: int, records: float) -> bool:
    """Whether it is worth a list: an id that differs from record to record is not."""
    return distinct <= _MANY_VALUES and (distinct < _IDS_FROM or 2 * distinct < records)


def _facet(name: str, whole: float, values: Sequence[tuple[str, float]]) -> Facet:
    told: list[FacetValue] = [
        {"value": text[:MAX_LENGTH], "count": round(records), "truncated": len(text) > MAX_LENGTH}
        for text, records in values
    ]
    return {
        "field": name,
        "values": told,
        "other": max(0, round(whole) - sum(each["count"] for each in told)),
    }


def _scaled(facet: Facet, scale: float) -> Facet:
    """The counts of a sample as those of all that match."""
    values: list[FacetValue] = [{**each, "count": round(each["count"] * scale)} for each in facet["values"]]
    return {"field": facet["field"], "values": values, "other": round(facet["other"] * scale)}
