"""The search syntax, read into a tree.

    search  = or
    or      = and { "OR" and }
    and     = unary { ["AND"] unary }
    unary   = { "NOT" | "-" | "!" } ( "(" or ")" | key ":" value | match )
    value   = "(" or ")" | match                 within the parentheses, every match is of that key
    match   = [ ">" | ">=" | "<" | "<=" | "!=" | "=" ] ( word | quoted ) | "/" regex "/" | low ".." high | "*"

AND binds tighter than OR. A backslash takes the next character as it is. A word that begins with a slash is a
regular expression when its next slash ends the word (`/time.?out/`), else a word (`http.route:/cart/items`).
"""

from __future__ import annotations

import re
from typing import NoReturn

from sonde.errors import SearchSyntaxError
from sonde.query.search.regex import why_invalid
from sonde.query.search.tree import (
    EVERYTHING,
    And,
    Compare,
    Comparison,
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

MAX_LENGTH = 4096
MAX_DEPTH = 32
MAX_TERMS = 128

_COMPARISONS: tuple[Comparison, ...] = (">=", "<=", ">", "<")
_ENDS_WORD = frozenset('()"')
# An end of a range: a number, a duration, or a name such as a severity.
_RANGE = re.compile(r"(?P<low>[-+]?\d[^.\s]*(?:\.\d[^.\s]*)?|[A-Za-z]+|)\.\.(?P<high>[-+]?\d\S*|[A-Za-z]+|)")


def parse(text: str) -> Node:
    """The tree of a search; an empty search is EVERYTHING.

    Raises SearchSyntaxError, whose `position` is the offset in characters, from 0.
    """
    if len(text) > MAX_LENGTH:
        raise syntax_error(MAX_LENGTH, f"expected at most {MAX_LENGTH} characters, found {len(text)}")
    return _Parser(text).parse()


def syntax_error(position: int, problem: str) -> SearchSyntaxError:
    """The error of a search, with the place in the message (counted from 1) and in `position` (from 0)."""
    return SearchSyntaxError(f"cannot read search at character {position + 1}: {problem}", position=position)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._terms = 0

    def parse(self) -> Node:
        self._skip_space()
        if self._ended():
            return EVERYTHING
        node = self._or(None)
        if not self._ended():
            self._fail('expected the end of the search, found ")" without its "("')
        return node

    def _or(self, key: str | None) -> Node:
        nodes = [self._and(key)]
        while self._take_keyword("OR"):
            nodes.append(self._and(key))
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _and(self, key: str | None) -> Node:
        nodes = [self._unary(key)]
        while self._take_keyword("AND") or not (self._next() in ("", ")") or self._is_keyword("OR")):
            nodes.append(self._unary(key))
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def _unary(self, key: str | None) -> Node:
        negated = False
        while self._take_keyword("NOT") or self._take_negation(key):
            negated = not negated
        node = self._primary(key)
        self._skip_space()
        return Not(node) if negated else node

    def _take_negation(self, key: str | None) -> bool:
        following = self._text[self._at + 1 : self._at + 2]
        if self._next() not in ("-", "!") or not following or following.isspace():
            return False
        if key is not None and (following.isdigit() or following == "="):  # a negative number, `!=`
            return False
        self._at += 1
        return True

    def _primary(self, key: str | None) -> Node:
        if self._ended():
            self._fail("expected a term, found the end of the search")
        for keyword in ("AND", "OR"):
            if self._is_keyword(keyword):
                self._fail(f"expected a term, found {keyword}")
        char = self._next()
        if char == ")":
            self._fail('expected a term, found ")"')
        if char == "(":
            return self._group(key)
        if key is None:
            found = self._key()
            if found is not None:
                return self._value(found)
        return self._term(key)

    def _group(self, key: str | None) -> Node:
        opened = self._at
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"expected at most {MAX_DEPTH} parentheses inside each other")
        self._at += 1
        self._skip_space()
        node = self._or(key)
        if self._ended():
            raise syntax_error(opened, 'expected a ")" for this "("')
        self._at += 1
        self._depth -= 1
        return node

    def _key(self) -> str | None:
        """The key here, with its colon taken; None, and nothing taken, if no key begins here."""
        if self._next() == '"':
            end = self._closing('"')
            if end is None or self._text[end + 1 : end + 2] != ":":
                return None
            key = self._unescaped(self._at + 1, end)
            self._at = end + 2
        else:
            end = self._at
            while end < len(self._text) and self._text[end] != ":":
                char = self._text[end]
                if char.isspace() or char in _ENDS_WORD:
                    return None
                end += 2 if char == "\\" else 1
            # `http://host/path` is free text.
            if end >= len(self._text) or self._text.startswith("://", end):
                return None
            star = next((i for i in range(self._at, end) if self._is_wildcard(i, self._at)), None)
            if star is not None:
                raise syntax_error(
                    star, f'expected a field name, found the wildcard "{self._text[star]}" in it'
                )
            key = self._unescaped(self._at, end)
            if not key:
                self._fail('expected a field name before ":"')
            self._at = end + 1
        return key

    def _value(self, key: str) -> Node:
        if self._ended() or self._next().isspace() or self._next() == ")":
            self._fail(f'expected a value after "{key}:"')
        if self._next() == "(":
            return self._group(key)
        return self._term(key)

    def _term(self, key: str | None) -> Node:
        self._terms += 1
        if self._terms > MAX_TERMS:
            self._fail(f"expected at most {MAX_TERMS} terms")
        position = self._at
        if key is None:
            return Term(None, self._match(None), position)
        if self._text.startswith("!=", self._at):
            self._at += 2
            self._require_operand("!=")
            return Not(self._keyed(key, self._match(key), position))
        for operator in _COMPARISONS:
            if self._text.startswith(operator, self._at):
                self._at += len(operator)
                self._require_operand(operator)
                operand = (
                    self._quoted() if self._next() == '"' else self._unescaped(self._at, self._word_end())
                )
                return self._keyed(key, Compare(operator, operand), position)
        if self._next() == "=":
            self._at += 1
            self._require_operand("=")
        return self._keyed(key, self._match(key), position)

    def _keyed(self, key: str, match: Match, position: int) -> Term:
        if key != "has":
            return Term(key, match, position)
        if not isinstance(match, Equals) or not match.value:
            raise syntax_error(position, 'expected the name of a field or attribute after "has:"')
        return Term(match.value, Exists(), position)

    def _require_operand(self, operator: str) -> None:
        if self._ended() or self._next().isspace() or self._next() in "()":
            self._fail(f'expected a value after "{operator}"')

    def _match(self, key: str | None) -> Match:
        if self._next() == '"':
            return Equals(self._quoted())
        if self._next() == "/":
            regex = self._regex()
            if regex is not None:
                return regex
        start, end = self._at, self._word_end()
        raw = self._text[start:end]
        if raw == "*":
            return Exists()
        if any(self._is_wildcard(i, start) for i in range(start, end)):
            return Pattern(self._pieces(start, end))
        ends = _RANGE.fullmatch(raw) if key is not None else None
        if ends is not None and (ends["low"] or ends["high"]):
            return Range(ends["low"], ends["high"])
        return Equals(self._unescaped(start, end))

    def _regex(self) -> Regex | None:
        """The regular expression here, taken; None, and nothing taken, if this slash begins a word."""
        end = self._closing("/")
        if end is None:
            return None
        after = self._text[end + 1 : end + 2]
        if after and not after.isspace() and after not in "()":
            return None
        pattern = re.sub(
            r"\\(.)", lambda m: "/" if m[1] == "/" else m[0], self._text[self._at + 1 : end], flags=re.S
        )
        problem = why_invalid(pattern)
        if problem is not None:
            raise syntax_error(self._at, f"expected a regular expression (RE2): {problem}")
        self._at = end + 1
        return Regex(pattern)

    def _quoted(self) -> str:
        end = self._closing('"')
        if end is None:
            self._fail("expected a closing quote for this one")
        value = self._unescaped(self._at + 1, end)
        self._at = end + 1
        if not self._ended() and not self._next().isspace() and self._next() != ")":
            self._fail("expected a space after the closing quote")
        return value

    def _closing(self, mark: str) -> int | None:
        """Where the mark at this place is closed, by the next one that is not escaped."""
        end = self._at + 1
        while end < len(self._text):
            if self._text[end] == mark:
                return end
            end += 2 if self._text[end] == "\\" else 1
        return None

    def _word_end(self) -> int:
        """Takes the word here; returns where it ends."""
        end = self._at
        while end < len(self._text) and not self._text[end].isspace() and self._text[end] not in _ENDS_WORD:
            end += 2 if self._text[end] == "\\" else 1
        end = min(end, len(self._text))
        if end < len(self._text) and self._text[end] in '"(':
            raise syntax_error(
                end, f"expected a space before {self._text[end]}, or quotes around the whole value"
            )
        self._at = end
        return end

    def _unescaped(self, start: int, end: int) -> str:
        return re.sub(r"\\(.)", r"\1", self._text[start:end], flags=re.S)

    def _is_wildcard(self, index: int, start: int) -> bool:
        if self._text[index] not in "*?":
            return False
        backslashes = index
        while backslashes > start and self._text[backslashes - 1] == "\\":
            backslashes -= 1
        return (index - backslashes) % 2 == 0

    def _pieces(self, start: int, end: int) -> tuple[str | Wildcard, ...]:
        pieces: list[str | Wildcard] = []
        literal = start
        for index in range(start, end):
            if self._is_wildcard(index, start):
                if index > literal:
                    pieces.append(self._unescaped(literal, index))
                pieces.append(Wildcard(self._text[index]))
                literal = index + 1
        if end > literal:
            pieces.append(self._unescaped(literal, end))
        return tuple(pieces)

    def _is_keyword(self, keyword: str) -> bool:
        if not self._text.startswith(keyword, self._at):
            return False
        after = self._text[self._at + len(keyword) : self._at + len(keyword) + 1]
        return not after or after.isspace() or after == "("

    def _take_keyword(self, keyword: str) -> bool:
        if not self._is_keyword(keyword):
            return False
        self._at += len(keyword)
        self._skip_space()
        return True

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _ended(self) -> bool:
        return self._at >= len(self._text)

    def _skip_space(self) -> None:
        while not self._ended() and self._next().isspace():
            self._at += 1

    def _fail(self, problem: str) -> NoReturn:
        raise syntax_error(self._at, problem)
