"""What a search means, as a tree: the parser makes it, the SQL and the predicate are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

Comparison: TypeAlias = Literal["<", "<=", ">", ">="]


class Wildcard(Enum):
    """A wildcard within a pattern."""

    ANY = "*"
    """any run of characters, also none"""
    ONE = "?"
    """exactly one character"""


@dataclass(frozen=True, slots=True)
class Equals:
    """The whole value; in free text: these characters anywhere, in any case."""

    value: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """Literal pieces and wildcards; the whole value, in free text anywhere and in any case."""

    pieces: tuple[str | Wildcard, ...]


@dataclass(frozen=True, slots=True)
class Regex:
    """An RE2 expression found anywhere in the value; a dot matches a newline too."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Compare:
    """An order relation to a number, a duration or a severity (still as written)."""

    operator: Comparison
    value: str


@dataclass(frozen=True, slots=True)
class Range:
    """`low..high`, both ends included; an empty end is open. At least one is given."""

    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Exists:
    """The key is there."""


Match: TypeAlias = Equals | Pattern | Regex | Compare | Range | Exists


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `key` is None for free text; `position` is the offset of what is matched."""

    key: str | None
    match: Match
    position: int


@dataclass(frozen=True, slots=True)
class And:
    """All of them; none at all is true."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not that; a record without the key is a record that does not match."""

    child: Node


Node: TypeAlias = And | Or | Not | Term

EVERYTHING = And(())
