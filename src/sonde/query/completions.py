"""What may follow where somebody types a search: keys, then the values of a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from sonde.errors import SearchSyntaxError
from sonde.query.attributes import TABLES
from sonde.query.sampling import Blocks, first_in, rows_to_read
from sonde.query.search import EVERYTHING, Searched, condition
from sonde.query.search.caret import Caret, caret, quoted, quoted_key
from sonde.query.search.field_help import FIELD_HELP, FLAG_HELP
from sonde.query.search.fields import (
    FLAGS,
    OWN_ATTRIBUTES,
    SEVERITIES,
    Attribute,
    Duration,
    Severity,
    SpanEvents,
    Text,
    attribute_name,
    number,
    resolve,
)
from sonde.query.search.tree import Exists, Term
from sonde.query.search_answers import Completion, Completions
from sonde.query.statements import statement
from sonde.query.time import TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

Kind = Literal["spans", "logs", "events"]
Counted = Sequence[tuple[str, int]]
"""Keys or values, and how many of the records looked at have each."""

KEY_ROWS = 40_000
VALUE_ROWS = 200_000
ATTRIBUTE_ROWS = 100_000
MAX_VALUE_LENGTH = 200
"""A longer value is not offered: nobody searches for it by typing."""

_MAX_KEYS = 2_000
_DURATIONS = ("10ms", "100ms", "500ms", "1s", "5s", "30s", "1m")
_COMPARISONS = ((">", "more than"), ("<", "less than"), (">=", "at least"), ("<=", "at most"))


def complete(
    database: Database,
    kind: Kind,
    text: str,
    at: int,
    range_: TimeRange,
    *,
    known_keys: Counted,
    limit: int,
) -> Completions:
    """What may be typed at a place of a search; never an error, however unfinished the search is.

    Args:
        database: the tenant's.
        kind: which records are searched.
        text: the search so far.
        at: the place, in characters from 0.
        range_: where values are looked for.
        known_keys: attribute keys, from `keys`.
        limit: most items.
    """
    place = caret(text, at)
    searched: Searched = "spans" if kind == "spans" else "logs"
    if place.key is None:
        items = _keys(searched, place, known_keys)
    elif place.key == "is":
        items = [_item(name, "value", FLAG_HELP[name]) for name in FLAGS[searched]]
        items = _typed(items, place.typed)
    elif place.key == "has":
        items = _typed(_names(searched, known_keys, colon=""), place.typed)
    else:
        items = _values(database, searched, place, range_, limit)
    return {"from": place.start, "to": place.end, "items": items[:limit]}


def keys(database: Database, searched: Searched, range_: TimeRange) -> list[tuple[str, int]]:
    """Attribute keys of a sample of the records, the most frequent first."""
    table, time, blocks = _sample(database, searched, range_, KEY_ROWS)
    rows = database.query(
        statement(
            "completion_keys", table=table, time=time, attributes=OWN_ATTRIBUTES[searched], sample=blocks.sql
        ),
        {**range_.params, **blocks.params, "limit": _MAX_KEYS},
    ).rows
    return [(key, count) for key, count in rows]


def _sample(database: Database, searched: Searched, range_: TimeRange, rows: int) -> tuple[str, str, Blocks]:
    [(table, time)] = TABLES[searched]
    to_read = rows_to_read(database, table, time, condition(EVERYTHING, searched), range_)
    return table, time, Blocks(max(1, to_read // rows))


def _keys(searched: Searched, place: Caret, known: Counted) -> list[Completion]:
    items = _typed(_names(searched, known), place.typed)
    words = [("NOT ", "what does not match")]
    if place.after_term:
        words.append(("OR ", "either of two"))
    # A word in lower case is free text.
    operators = [_item(word, "operator", help) for word, help in words]
    return items + [each for each in operators if place.typed and each["text"].startswith(place.typed)]


def _names(searched: Searched, known: Counted, *, colon: str = ":") -> list[Completion]:
    """Every field, then every attribute."""
    items = [_item(name + colon, "field", help) for name, help in FIELD_HELP[searched].items()]
    for key, count in known:
        name = attribute_name(key)
        text = quoted_key(name) + colon
        items.append({"text": text, "label": name, "kind": "attribute", "count": count, "help": ""})
    return items


def _values(
    database: Database, searched: Searched, place: Caret, range_: TimeRange, limit: int
) -> list[Completion]:
    try:
        field = resolve(searched, Term(place.key, Exists(), 0))
    except SearchSyntaxError:
        return []  # a field of other records
    match field:
        case Duration():
            values = _typed([_item(each, "value") for each in _DURATIONS], place.typed)
            return _comparisons(place, "long") + values
        case Severity():
            names = [_item(name, "value", _severity_help(name)) for name in SEVERITIES]
            return _comparisons(place, "severe") + _typed(names, place.typed)
        case Text(column):
            found = _found(database, searched, column, {}, place.typed, range_, limit)
        case SpanEvents():
            found = _found(database, searched, "arrayJoin(Events.Name)", {}, place.typed, range_, limit)
        case Attribute(key, columns):
            value = first_in(columns, "{key:String}")
            found = _found(
                database, searched, value, {"key": key}, place.typed, range_, limit, ATTRIBUTE_ROWS
            )
        case _:
            return []
    items: list[Completion] = [
        {"text": quoted(text), "label": text, "kind": "value", "count": count, "help": ""}
        for text, count in found
    ]
    numeric = isinstance(field, Attribute) and found and all(number(text) is not None for text, _ in found)
    return (_comparisons(place, "") if numeric else []) + items


def _found(
    database: Database,
    searched: Searched,
    value: str,
    params: dict[str, object],
    typed: str,
    range_: TimeRange,
    limit: int,
    sample: int = VALUE_ROWS,
) -> list[tuple[str, int]]:
    """Values of a sample that have what is typed in them, those that begin with it first."""
    table, time, blocks = _sample(database, searched, range_, sample)
    rows = database.query(
        statement("completion_values", table=table, time=time, value=value, sample=blocks.sql),
        {
            **range_.params,
            **blocks.params,
            **params,
            "typed": typed,
            "length": MAX_VALUE_LENGTH,
            "limit": limit,
        },
    ).rows
    return [(text, count) for text, count in rows]


def _comparisons(place: Caret, what: str) -> list[Completion]:
    """Offered where nothing of the value is typed yet."""
    if place.typed or place.operator:
        return []
    return [_item(sign, "operator", f"{meaning} {what}".strip()) for sign, meaning in _COMPARISONS]


def _severity_help(name: str) -> str:
    low, high = SEVERITIES[name]
    return f"severity numbers {low} to {high}"


def _item(
    text: str,
    kind: Literal["field", "attribute", "value", "operator"],
    help: str = "",
    count: int | None = None,
) -> Completion:
    return {"text": text, "label": text.rstrip(": "), "kind": kind, "count": count, "help": help}


def _typed(items: Iterable[Completion], typed: str) -> list[Completion]:
    """Those with what is typed in them, in any case; those that begin with it first."""
    wanted = typed.casefold()
    having = [each for each in items if wanted in each["label"].casefold()]
    return sorted(having, key=lambda each: not each["label"].casefold().startswith(wanted))
