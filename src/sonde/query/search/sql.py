"""A search as a condition of the engine's SQL: keys and values are bound, never part of the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

from sonde.query.search import fields
from sonde.query.search.fields import Searched
from sonde.query.search.regex import from_wildcards
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
    Wildcard,
)

_TRACE_ID_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression that is 0 or 1 for a row, and the values its `{p0:String}` marks stand for."""

    sql: str
    params: Mapping[str, object]


def condition(node: Node, searched: Searched, *, prefix: str = "p") -> Condition:
    """The condition of a search on the rows of `otel_traces`, `otel_logs` or `otel_metrics_*`.

    Raises SearchSyntaxError for a field these records do not have or a form of value it does not take.
    """
    compiler = _Compiler(searched, prefix)
    sql = compiler.node(node)
    return Condition(sql, compiler.params)


def columns_of(node: Node, searched: Searched) -> frozenset[str]:
    """The text columns that a search asks of; "" among them if it asks of anything else.

    Raises SearchSyntaxError as `condition`.
    """
    match node:
        case And(children) | Or(children):
            return frozenset[str]().union(*(columns_of(child, searched) for child in children))
        case Not(child):
            return columns_of(child, searched)
        case Term():
            field = fields.resolve(searched, node)
            return frozenset({field.column if isinstance(field, fields.Text) else ""})


class _Compiler:
    def __init__(self, searched: Searched, prefix: str) -> None:
        self._searched: Searched = searched
        self._prefix = prefix
        self.params: dict[str, object] = {}
        self._marks: dict[tuple[str | float, str], str] = {}

    def node(self, node: Node) -> str:
        match node:
            case And(children):
                return _joined(" AND ", [self.node(child) for child in children], empty="1")
            case Or(children):
                return _joined(" OR ", [self.node(child) for child in children], empty="0")
            case Not(child):
                return f"NOT {self.node(child)}"
            case Term():
                return self._term(node)

    def _bind(self, value: str | float, kind: str = "String") -> str:
        if (value, kind) not in self._marks:
            name = f"{self._prefix}{len(self.params)}"
            self.params[name] = value
            self._marks[value, kind] = f"{{{name}:{kind}}}"
        return self._marks[value, kind]

    def _term(self, term: Term) -> str:
        field = fields.resolve(self._searched, term)
        match field:
            case fields.Text():
                return self._text(field, term.match)
            case fields.Duration():
                return self._duration(term.match)
            case fields.Severity():
                return self._severity(term.match)
            case fields.SpanEvents():
                if isinstance(term.match, Exists):
                    return "notEmpty(Events.Name)"
                return f"arrayExists(x -> {self._string('x', term.match)}, Events.Name)"
            case fields.Flag(name):
                return self._flag(name)
            case fields.Attribute():
                return self._attribute(field, term.match)
            case fields.FreeText():
                return self._free_text(field, term.match)
        assert_never(field)

    def _text(self, field: fields.Text, match: Match) -> str:
        if isinstance(match, Exists):
            return f"{field.column} != ''"
        if isinstance(match, Equals):
            match = Equals(fields.folded(field, match.value))
        elif isinstance(match, Pattern) and field.fold:
            match = Pattern(tuple(p.lower() if isinstance(p, str) else p for p in match.pieces))
        return self._string(field.column, match)

    def _string(self, value: str, match: Match) -> str:
        """A whole string against a match; `value` is an expression of ours."""
        match match:
            case Equals(wanted):
                return f"{value} = {self._bind(wanted)}"
            case Pattern():
                return f"{value} LIKE {self._bind(_like(match))}"
            case Regex(pattern):
                return f"match({value}, {self._bind(pattern)})"
            case Exists() | Compare() | Range():
                raise AssertionError(f"{match} is not a match of a string")

    def _duration(self, match: Match) -> str:
        parts: list[str] = []
        match match:
            case Equals(value):
                parts = [self._compared_duration("=", value)]
            case Compare(operator, value):
                parts = [self._compared_duration(operator, value)]
            case Range(low, high):
                parts = [self._compared_duration(op, end) for op, end in ((">=", low), ("<=", high)) if end]
            case _:
                pass
        return _joined(" AND ", ["NOT IsOpen", *parts], empty="1")

    def _compared_duration(self, operator: str, value: str) -> str:
        return f"Duration {operator} {self._bind(fields.duration_ns(value) or 0, 'UInt64')}"

    def _severity(self, match: Match) -> str:
        match match:
            case Exists():
                return "(SeverityNumber > 0 OR SeverityText != '')"
            case Equals(value):
                named = f"lower(SeverityText) = {self._bind(value.lower())}"
                numbers = fields.severity_range(value)
                if numbers is None:
                    return named
                low, high = numbers
                return f"(SeverityNumber BETWEEN {low} AND {high} OR (SeverityNumber = 0 AND {named}))"
            case Compare(operator, value):
                low, high = fields.severity_range(value) or (0, 0)
                edge = low if operator in (">=", "<") else high
                return f"(SeverityNumber > 0 AND SeverityNumber {operator} {edge})"
            case Range(low, high):
                lowest = (fields.severity_range(low) or (1, 1))[0] if low else 1
                highest = (fields.severity_range(high) or (24, 24))[1] if high else 255
                return f"(SeverityNumber BETWEEN {lowest} AND {highest})"
            case Pattern():
                regex = from_wildcards(match, whole=True, any_case=True)
                return f"match(SeverityText, {self._bind(regex)})"
            case Regex():
                return self._string("SeverityText", match)

    def _flag(self, name: str) -> str:
        attributes = fields.OWN_ATTRIBUTES[self._searched]
        match self._searched, name:
            case "spans", "root":
                return "ParentSpanId = ''"
            case "spans", "open":
                return "IsOpen"
            case "spans", "error":
                return "(StatusCode = 'Error' OR Status = 'error')"
            case "spans", _:
                return f"(has(Events.Name, 'exception') OR mapContains({attributes}, 'exception.type'))"
            case _, "error":
                return "(SeverityNumber >= 17 OR Status = 'error')"
            case _, "event":
                return "EventName != ''"
            case _:
                return f"(EventName = 'exception' OR mapContains({attributes}, 'exception.type'))"

    def _attribute(self, field: fields.Attribute, match: Match) -> str:
        key = self._bind(field.key)
        return _joined(" OR ", [self._in_map(column, key, match) for column in field.columns], empty="0")

    def _in_map(self, column: str, key: str, match: Match) -> str:
        value = f"{column}[{key}]"
        match match:
            case Exists():
                return f"mapContains({column}, {key})"
            case Compare(operator, wanted):
                return self._numbers(column, key, [(operator, wanted)])
            case Range(low, high):
                return self._numbers(
                    column, key, [(op, end) for op, end in ((">=", low), ("<=", high)) if end]
                )
            case Equals(wanted) if wanted:
                return f"{value} = {self._bind(wanted)}"
            case _:
                # A key that is not there reads as '': these may match that.
                return f"(mapContains({column}, {key}) AND {self._string(value, match)})"

    def _numbers(self, column: str, key: str, bounds: list[tuple[str, str]]) -> str:
        # The key is asked for first: its index skips the granules that do not have it.
        value = f"toFloat64OrNull({column}[{key}])"
        parts = [
            f"ifNull({value} {operator} {self._bind(fields.number(text) or 0.0, 'Float64')}, 0)"
            for operator, text in bounds
        ]
        return _joined(" AND ", [f"mapContains({column}, {key})", *parts], empty="1")

    def _free_text(self, field: fields.FreeText, match: Match) -> str:
        if isinstance(match, Exists):
            return "1"
        test = self._anywhere(match)
        parts = [test(column) for column in field.columns]
        parts += [f"arrayExists(x -> {test('x')}, mapValues({column}))" for column in field.maps]
        if field.events:
            parts.append(f"arrayExists(e -> arrayExists(x -> {test('x')}, mapValues(e)), Events.Attributes)")
        if isinstance(match, Equals) and len(match.value) == _TRACE_ID_DIGITS and self._searched != "metrics":
            parts.append(f"TraceId = {self._bind(match.value.lower())}")
        return _joined(" OR ", parts, empty="0")

    def _anywhere(self, match: Match) -> Callable[[str], str]:
        if isinstance(match, Equals):
            needle = self._bind(match.value)
            # The ASCII search is several times as fast; it agrees with the other where the needle is ASCII.
            name = "positionCaseInsensitive" if match.value.isascii() else "positionCaseInsensitiveUTF8"
            return lambda value: f"{name}({value}, {needle}) > 0"
        pattern = match.pattern if isinstance(match, Regex) else ""
        if isinstance(match, Pattern):
            pattern = from_wildcards(match, whole=False, any_case=True)
        bound = self._bind(pattern)
        return lambda value: f"match({value}, {bound})"


def _like(pattern: Pattern) -> str:
    parts: list[str] = []
    for piece in pattern.pieces:
        if isinstance(piece, Wildcard):
            parts.append("%" if piece is Wildcard.ANY else "_")
        else:
            parts.append(piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"))
    return "".join(parts)


def _joined(operator: str, parts: list[str], *, empty: str) -> str:
    if not parts:
        return empty
    return parts[0] if len(parts) == 1 else f"({operator.join(parts)})"
