"""What is being typed at a place in a search, however unfinished the rest of it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sonde.query.search.parser import MAX_LENGTH

_OPERATORS = (">=", "<=", "!=", ">", "<", "=")
_KEYWORDS = frozenset({"AND", "OR", "NOT"})
_NEEDS_QUOTES = re.compile(r"""[\s()"\\*?]|^[-!<>=/]|\.\.|^(?:AND|OR|NOT)$|^$""")
_KEY_NEEDS_QUOTES = re.compile(r"""[\s()"\\*?:]|^[-!]|^$""")


@dataclass(frozen=True, slots=True)
class Caret:
    """What is typed: of the text from `start` to `end`, `typed` is before the caret, as it is meant."""

    key: str | None
    """The key whose value is typed; None where a key or free text is."""
    typed: str
    start: int
    end: int
    operator: str = ""
    """The comparison before the value."""
    after_term: bool = False
    """Whether a term is before it, so that OR may follow."""


def caret(text: str, at: int) -> Caret:
    """What is typed at the offset `at` in characters, from 0; whatever the text is."""
    text = text[:MAX_LENGTH]
    return _Scanner(text, max(0, min(at, len(text)))).scan()


def quoted(value: str) -> str:
    """A value as a search takes it: in quotes where it would mean something else without."""
    return _in_quotes(value) if _NEEDS_QUOTES.search(value) else value


def quoted_key(key: str) -> str:
    """A key as a search takes it, without its colon."""
    return _in_quotes(key) if _KEY_NEEDS_QUOTES.search(key) else key


def _in_quotes(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


class _Scanner:
    """Walks over the terms up to the caret, as the parser does but without a complaint."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self._groups: list[str | None] = []
        self._after_term = False

    def scan(self) -> Caret:
        position = 0
        while position < self._at:
            char = self._text[position]
            if char.isspace():
                position += 1
            elif char == "(":
                self._groups.append(self._key)
                position += 1
            elif char == ")":
                self._groups[-1:] = []
                position += 1
                self._after_term = True
            elif char in "-!" and self._key is None:
                position += 1
            else:
                found = self._term(position)
                if isinstance(found, Caret):
                    return found
                position = found
        return Caret(self._key, "", self._at, self._at, after_term=self._after_term)

    @property
    def _key(self) -> str | None:
        return self._groups[-1] if self._groups else None

    def _term(self, start: int) -> Caret | int:
        """The caret, if it is in the term that begins here; else where the term ends."""
        if self._key is not None:
            return self._value(self._key, start)
        end = self._word_end(start, ends_at_colon=True)
        if self._text[end : end + 1] != ":" or self._text.startswith("://", end):
            return self._word(start, self._word_end(start))
        if self._at <= end:
            return self._caret(None, start, start, end + 1)
        return self._value(self._meant(start, end), end + 1)

    def _word(self, start: int, end: int) -> Caret | int:
        if self._at <= end:
            return self._caret(None, start, start, end)
        self._after_term = self._text[start:end] not in _KEYWORDS
        return end

    def _value(self, key: str, start: int) -> Caret | int:
        operator = next((each for each in _OPERATORS if self._text.startswith(each, start)), "")
        begin = start + len(operator)
        if not operator and self._text[begin : begin + 1] == "(" and begin < self._at:
            self._groups.append(key)
            return begin + 1
        end = self._word_end(begin)
        if self._at <= end:
            if self._at < begin:
                return self._caret(key, start, start, end)
            return self._caret(key, begin, begin, end, operator)
        self._after_term = True
        return max(end, start + 1)

    def _caret(self, key: str | None, typed_from: int, start: int, end: int, operator: str = "") -> Caret:
        typed = self._meant(typed_from, self._at)
        return Caret(key, typed, start, end, operator, self._after_term)

    def _word_end(self, start: int, *, ends_at_colon: bool = False) -> int:
        """Where the word, quoted text or regular expression that begins here ends."""
        opening = self._text[start : start + 1]
        if opening == '"' or (opening == "/" and not ends_at_colon):
            closed = self._closing(start, opening)
            end = len(self._text) if closed is None else closed
            if opening == '"' or self._text[end : end + 1] in ("", " ", ")"):
                return end
        end = start
        while end < len(self._text):
            char = self._text[end]
            if char.isspace() or char in '()"' or (ends_at_colon and char == ":"):
                break
            end += 2 if char == "\\" else 1
        return min(end, len(self._text))

    def _closing(self, start: int, mark: str) -> int | None:
        """After the mark that closes the one at `start`; None where none does."""
        end = start + 1
        while end < len(self._text):
            if self._text[end] == mark:
                return end + 1
            end += 2 if self._text[end] == "\\" else 1
        return None

    def _meant(self, start: int, end: int) -> str:
        """The text without its quotes and backslashes."""
        raw = self._text[start:end]
        if raw.startswith('"'):
            closed = self._closing(start, '"')
            raw = raw[1:] if closed is None or closed > end else self._text[start + 1 : closed - 1]
        return re.sub(r"\\(.)", r"\1", raw, flags=re.DOTALL)
