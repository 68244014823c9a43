"""Contracts as people write them: YAML, and what is wrong with it, by line and key."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeVar

import yaml

from sonde.durations import seconds_of
from sonde.errors import BadRequest
from sonde.verify.contract import (
    Contract,
    EachEvent,
    EachSpan,
    EqualCounts,
    EventSelector,
    Expectations,
    NoOrphans,
    Rule,
    Selection,
    SpanSelector,
)

_BOTH: Final = (
    "has_event",
    "has_no_event",
    "has_span",
    "has_no_span",
    "in_span",
    "has_attrs",
    "status",
    "matching",
)
_OF_SPANS: Final = (*_BOTH, "has_child", "has_no_child", "has_descendant", "max_duration")
_CHECKS: Final = ("each_span", "each_event", "no_orphans", "equal_counts")
_SELECT: Final = ("q", "orchestration", "time_range", "since", "until")
_NULL: Final = "tag:yaml.org,2002:null"
_BOOL: Final = "tag:yaml.org,2002:bool"
_STATUSES: Final = ("success", "blocked", "skipped", "error", "unset")

T = TypeVar("T")


def read_contract(text: str, source: str = "contract") -> Contract:
    """The contract in a YAML text; `source` is its file's name.

    Raises BadRequest, which names file, line and key, e.g. `contract.yaml:7: rules[2].max_durration: …`.
    """
    try:
        root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise BadRequest(f"{source}:{line}: cannot read this as YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise BadRequest(f"{source}:1: cannot read this as YAML: {error}") from None
    if root is None:
        raise BadRequest(f"{source}:1: the contract is empty", hint="it needs `rules:`")
    return _contract(_Place(source, root, ""), source)


class _Place:
    """A value of the contract, and where it stands."""

    def __init__(self, source: str, node: Any, path: str) -> None:
        self._source = source
        self._node = node
        self.path = path

    def fail(self, message: str, hint: str = "") -> NoReturn:
        """Refuse the value."""
        where = f"{self._source}:{self._node.start_mark.line + 1}: "
        raise BadRequest(f"{where}{self.path}: {message}" if self.path else f"{where}{message}", hint=hint)

    def is_mapping(self) -> bool:
        return isinstance(self._node, yaml.MappingNode)

    def is_list(self) -> bool:
        return isinstance(self._node, yaml.SequenceNode)

    def keys(self, known: tuple[str, ...] | None = None) -> dict[str, _Place]:
        """The keys of a mapping; with `known`, none but these."""
        if not isinstance(self._node, yaml.MappingNode):
            self.fail(f"expected keys, {_kind(self._node)} is here", f"known keys: {', '.join(known or ())}")
        found: dict[str, _Place] = {}
        for key, value in self._node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            place = _Place(self._source, value, f"{self.path}.{name}" if self.path else name)
            if known is not None and name not in known:
                close = difflib.get_close_matches(name, known, 1)
                meant = f"did you mean {close[0]}? " if close else ""
                _Place(self._source, key, place.path).fail("unknown key", f"{meant}known: {', '.join(known)}")
            if name in found:
                _Place(self._source, key, place.path).fail("this key is given twice")
            found[name] = place
        return found

    def items(self) -> list[_Place]:
        """The items of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            self.fail(f"expected a list, {_kind(self._node)} is here")
        return [
            _Place(self._source, each, f"{self.path}[{number}]")
            for number, each in enumerate(self._node.value)
        ]

    def one_or_more(self) -> list[_Place]:
        """The items of a list, or the value itself. Never none."""
        found: list[_Place] = self.items() if self.is_list() else [self]
        if not found:
            self.fail("the list is empty")
        return found

    def text(self) -> str:
        """A text, or a number or boolean as text."""
        if not isinstance(self._node, yaml.ScalarNode) or self._node.tag == _NULL or not self._node.value:
            self.fail(f"expected a text, {_kind(self._node)} is here")
        text = str(self._node.value)
        return text.lower() if text.lower() in ("true", "false") else text

    def boolean(self) -> bool:
        """`true` or `false`."""
        if not isinstance(self._node, yaml.ScalarNode) or self._node.tag != _BOOL:
            self.fail("expected true or false")
        return str(self._node.value).lower() in ("true", "yes", "on")

    def is_boolean(self) -> bool:
        return isinstance(self._node, yaml.ScalarNode) and self._node.tag == _BOOL

    def whole_number(self) -> int:
        """A number from 0."""
        text = self.text()
        if not text.isdigit():
            self.fail(f"expected a whole number, not {text!r}")
        return int(text)

    def seconds(self) -> float:
        """A duration with its unit."""
        text = self.text()
        found = seconds_of(text)
        if found is None:
            self.fail(f"expected a duration, not {text!r}", "e.g. 200ms, 1.5s, 2m, 1h30m")
        return found


def _kind(node: Any) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "nothing" if node.tag == _NULL or not node.value else repr(node.value)


def _contract(root: _Place, source: str) -> Contract:
    keys = root.keys(("name", "select", "rules"))
    if "rules" not in keys:
        root.fail("there are no rules", "give `rules:`, a list")
    select = _selection(keys["select"]) if "select" in keys else Selection()
    rules: dict[str, Rule] = {}
    for place in keys["rules"].one_or_more():
        rule = _rule(place)
        if rule.name in rules:
            place.fail(f"a rule is called {rule.name!r} already")
        rules[rule.name] = rule
    return Contract(
        keys["name"].text() if "name" in keys else source,
        tuple(rules.values()),
        select,
    )


def _selection(place: _Place) -> Selection:
    keys = place.keys(_SELECT)
    if "time_range" in keys and "since" in keys:
        keys["since"].fail("cannot be given together with time_range")
    return Selection(**{name: value.text() for name, value in keys.items()})


def _rule(place: _Place) -> Rule:
    every = place.keys()
    checks = [name for name in _CHECKS if name in every]
    if len(checks) > 1:
        every[checks[1]].fail(f"a rule has one check, this one has {checks[0]} already")
    if not checks:
        # An unknown key, such as a misspelt one, is what is to be told first.
        place.keys(("rule", "at_least", "per", *_CHECKS, *_OF_SPANS))
        place.fail(f"the rule checks nothing: give one of {', '.join(_CHECKS)}")
    (kind,) = checks
    expectations = {"each_span": _OF_SPANS, "each_event": _BOTH, "equal_counts": ("per",)}.get(kind, ())
    keys = place.keys(("rule", "at_least", kind, *expectations))
    if "rule" not in keys:
        place.fail("the rule has no name", "give `rule: what must hold`; it is told when it does not")
    checked = _check(kind, keys, place)
    return Rule(keys["rule"].text(), checked, keys["at_least"].whole_number() if "at_least" in keys else 0)


def _check(
    kind: str, keys: Mapping[str, _Place], rule: _Place
) -> EachSpan | EachEvent | NoOrphans | EqualCounts:
    match kind:
        case "each_span":
            return EachSpan(_spans(keys[kind]), _expectations(keys, rule, _OF_SPANS))
        case "each_event":
            return EachEvent(_events(keys[kind]), _expectations(keys, rule, _BOTH))
        case "no_orphans":
            if not keys[kind].is_boolean():
                return NoOrphans(_spans(keys[kind]))
            if not keys[kind].boolean():
                keys[kind].fail("expected true, or which spans", "leave the rule out to allow orphans")
            return NoOrphans(SpanSelector())
        case _:
            sides = keys[kind].items()
            if len(sides) < 2:
                keys[kind].fail("expected at least two sides to compare")
            return EqualCounts(
                tuple(_side(side) for side in sides), keys["per"].text() if "per" in keys else ""
            )


def _expectations(keys: Mapping[str, _Place], rule: _Place, known: tuple[str, ...]) -> Expectations:
    if not any(name in keys for name in known if name != "matching"):
        rule.fail("the rule expects nothing", f"give one of {', '.join(known)}")
    statuses = keys["status"].one_or_more() if "status" in keys else []
    for status in statuses:
        if status.text() not in _STATUSES:
            status.fail(f"no status is called {status.text()!r}", f"known: {', '.join(_STATUSES)}")
    return Expectations(
        has_event=_several(keys, "has_event", _events),
        has_no_event=_several(keys, "has_no_event", _events),
        has_span=_several(keys, "has_span", _spans),
        has_no_span=_several(keys, "has_no_span", _spans),
        has_child=_several(keys, "has_child", _spans),
        has_no_child=_several(keys, "has_no_child", _spans),
        has_descendant=_several(keys, "has_descendant", _spans),
        in_span=_spans(keys["in_span"]) if "in_span" in keys else None,
        has_attrs=_attrs(keys["has_attrs"]) if "has_attrs" in keys else {},
        status=tuple(status.text() for status in statuses),
        max_duration_s=keys["max_duration"].seconds() if "max_duration" in keys else None,
        matching=_several(keys, "matching", _Place.text),
    )


def _several(keys: Mapping[str, _Place], name: str, read: Callable[[_Place], T]) -> tuple[T, ...]:
    return tuple(read(each) for each in keys[name].one_or_more()) if name in keys else ()


def _side(place: _Place) -> SpanSelector | EventSelector:
    if not place.is_mapping():
        place.fail("expected `operation:` or `event:`, and what narrows it", "e.g. {event: projection.write}")
    keys = place.keys()
    if ("operation" in keys) == ("event" in keys):
        place.fail("expected either `operation:` or `event:`")
    return _spans(place) if "operation" in keys else _events(place)


def _spans(place: _Place) -> SpanSelector:
    if not place.is_mapping():
        return SpanSelector(operations=_names(place))
    keys = place.keys(("operation", "component", "status", "attrs"))
    return SpanSelector(
        operations=_names(keys["operation"]) if "operation" in keys else ("*",),
        component=keys["component"].text() if "component" in keys else "*",
        status=keys["status"].text() if "status" in keys else "*",
        attrs=_attrs(keys["attrs"]) if "attrs" in keys else {},
    )


def _events(place: _Place) -> EventSelector:
    if not place.is_mapping():
        return EventSelector(types=_names(place))
    keys = place.keys(("event", "component", "severity", "status", "attrs"))
    return EventSelector(
        types=_names(keys["event"]) if "event" in keys else ("*",),
        component=keys["component"].text() if "component" in keys else "*",
        severity=keys["severity"].text() if "severity" in keys else "*",
        status=keys["status"].text() if "status" in keys else "*",
        attrs=_attrs(keys["attrs"]) if "attrs" in keys else {},
    )


def _names(place: _Place) -> tuple[str, ...]:
    return tuple(each.text() for each in place.one_or_more())


def _attrs(place: _Place) -> dict[str, str]:
    """Names and patterns; of a list, or a name alone, names with any value."""
    if place.is_mapping():
        return {name: value.text() for name, value in place.keys().items()}
    return {each.text(): "*" for each in place.one_or_more()}
