"""A search as a function of one record, for what is followed live: the same answer as the SQL gives.

A record is a row of `otel_traces`, `otel_logs` or `otel_metrics_*` by column name; maps are dicts.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, assert_never

from sonde.query.search import fields
from sonde.query.search.fields import Searched
from sonde.query.search.regex import finder, from_wildcards
from sonde.query.search.tree import (
    And,
    Compare,
    Equals,
    Exists,
    Match,
    Node,
    Not,
    Or,
    Pattern,
    Range,
    Regex,
    Term,
)

Row: TypeAlias = Mapping[str, Any]
Predicate: TypeAlias = Callable[[Row], bool]
_Test: TypeAlias = Callable[[str], bool]

_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}
_TRACE_ID_DIGITS = 32


def predicate(node: Node, searched: Searched) -> Predicate:
    """Whether a record matches the search.

    Raises SearchSyntaxError for a field these records do not have or a form of value it does not take.
    """
    match node:
        case And(children):
            all_of = [predicate(child, searched) for child in children]
            return lambda row: all(test(row) for test in all_of)
        case Or(children):
            any_of = [predicate(child, searched) for child in children]
            return lambda row: any(test(row) for test in any_of)
        case Not(child):
            inner = predicate(child, searched)
            return lambda row: not inner(row)
        case Term():
            return _term(node, searched)


def _term(term: Term, searched: Searched) -> Predicate:
    field = fields.resolve(searched, term)
    match field:
        case fields.Text():
            return _text(field, term.match)
        case fields.Duration():
            return _duration(term.match)
        case fields.Severity():
            return _severity(term.match)
        case fields.SpanEvents():
            if isinstance(term.match, Exists):
                return lambda row: len(row["Events.Name"]) > 0
            named = _whole(term.match)
            return lambda row: any(named(name) for name in row["Events.Name"])
        case fields.Flag(name):
            return _flag(searched, name)
        case fields.Attribute():
            return _attribute(field, term.match)
        case fields.FreeText():
            return _free_text(field, term.match, searched)
    assert_never(field)


def _text(field: fields.Text, match: Match) -> Predicate:
    column = field.column
    if isinstance(match, Exists):
        return lambda row: row[column] != ""
    if isinstance(match, Equals):
        match = Equals(fields.folded(field, match.value))
    elif isinstance(match, Pattern) and field.fold:
        match = Pattern(tuple(p.lower() if isinstance(p, str) else p for p in match.pieces))
    test = _whole(match)
    return lambda row: test(row[column])


def _whole(match: Match) -> _Test:
    match match:
        case Equals(wanted):
            return lambda value: value == wanted
        case Pattern():
            return finder(from_wildcards(match, whole=True, any_case=False))
        case Regex(pattern):
            return finder(pattern)
        case Exists() | Compare() | Range():
            raise AssertionError(f"{match} is not a match of a string")


def _duration(match: Match) -> Predicate:
    bounds: list[tuple[Callable[[int, int], bool], int]] = []
    match match:
        case Equals(value):
            bounds = [(operator.eq, fields.duration_ns(value) or 0)]
        case Compare(op, value):
            bounds = [(_OPERATORS[op], fields.duration_ns(value) or 0)]
        case Range(low, high):
            ends = ((">=", low), ("<=", high))
            bounds = [(_OPERATORS[op], fields.duration_ns(end) or 0) for op, end in ends if end]
        case _:
            pass
    return lambda row: not row["IsOpen"] and all(test(row["Duration"], bound) for test, bound in bounds)


def _severity(match: Match) -> Predicate:
    low, high = 1, 24
    match match:
        case Exists():
            return lambda row: row["SeverityNumber"] > 0 or row["SeverityText"] != ""
        case Equals(value):
            wanted, numbers = value.lower(), fields.severity_range(value)
            if numbers is None:
                return lambda row: _ascii_lower(row["SeverityText"]) == wanted
            low, high = numbers
            return lambda row: (
                low <= row["SeverityNumber"] <= high
                or (row["SeverityNumber"] == 0 and _ascii_lower(row["SeverityText"]) == wanted)
            )
        case Compare(op, value):
            low, high = fields.severity_range(value) or (0, 0)
            edge, test = (low if op in (">=", "<") else high), _OPERATORS[op]
            return lambda row: row["SeverityNumber"] > 0 and test(row["SeverityNumber"], edge)
        case Range(first, last):
            low = (fields.severity_range(first) or (1, 1))[0] if first else 1
            high = (fields.severity_range(last) or (24, 24))[1] if last else 255
            return lambda row: low <= row["SeverityNumber"] <= high
        case Pattern():
            found = finder(from_wildcards(match, whole=True, any_case=True))
        case Regex(pattern):
            found = finder(pattern)
    return lambda row: found(row["SeverityText"])


def _flag(searched: Searched, name: str) -> Predicate:
    match searched, name:
        case "spans", "root":
            return lambda row: row["ParentSpanId"] == ""
        case "spans", "open":
            return lambda row: bool(row["IsOpen"])
        case "spans", "error":
            return lambda row: row["StatusCode"] == "Error" or row["Status"] == "error"
        case "spans", _:
            return lambda row: "exception" in row["Events.Name"] or "exception.type" in row["SpanAttributes"]
        case _, "error":
            return lambda row: row["SeverityNumber"] >= 17 or row["Status"] == "error"
        case _, "event":
            return lambda row: row["EventName"] != ""
        case _:
            return lambda row: row["EventName"] == "exception" or "exception.type" in row["LogAttributes"]


def _attribute(field: fields.Attribute, match: Match) -> Predicate:
    key, columns = field.key, field.columns
    if isinstance(match, Exists):
        return lambda row: any(key in row[column] for column in columns)
    if isinstance(match, Compare | Range):
        test = _number(match)
    else:
        test = _whole(match)
    return lambda row: any(key in row[column] and test(row[column][key]) for column in columns)


def _number(match: Compare | Range) -> _Test:
    pairs = (
        [(match.operator, match.value)]
        if isinstance(match, Compare)
        else [(op, end) for op, end in ((">=", match.low), ("<=", match.high)) if end]
    )
    bounds = [(_OPERATORS[op], fields.number(text) or 0.0) for op, text in pairs]

    def test(value: str) -> bool:
        number = fields.stored_number(value)
        return number is not None and all(op(number, bound) for op, bound in bounds)

    return test


def _free_text(field: fields.FreeText, match: Match, searched: Searched) -> Predicate:
    if isinstance(match, Exists):
        return lambda row: True
    test = _anywhere(match)
    trace_id = ""
    if isinstance(match, Equals) and len(match.value) == _TRACE_ID_DIGITS and searched != "metrics":
        trace_id = match.value.lower()

    def found(row: Row) -> bool:
        if any(test(row[column]) for column in field.columns) or (trace_id and row["TraceId"] == trace_id):
            return True
        if any(_any(test, row[column].values()) for column in field.maps):
            return True
        return field.events and any(
            _any(test, attributes.values()) for attributes in row["Events.Attributes"]
        )

    return found


def _any(test: _Test, values: Iterable[str]) -> bool:
    return any(test(value) for value in values)


def _anywhere(match: Match) -> _Test:
    if isinstance(match, Equals):
        if match.value.isascii():
            needle = _ascii_lower(match.value)
            return lambda value: needle in _ascii_lower(value)
        folded = match.value.lower()
        return lambda value: folded in value.lower()
    if isinstance(match, Pattern):
        return finder(from_wildcards(match, whole=False, any_case=True))
    return _whole(match)


def _ascii_lower(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
