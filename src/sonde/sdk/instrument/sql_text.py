"""What a statement of SQL does, in two words, and its text without the values in it.

Source: semantic conventions for database spans, "Generating a summary of the query" and "Sanitization
of `db.query.text`": literals become `?`, names and placeholders stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

LONGEST: Final = 10_000
"""Characters of a statement that are looked at and kept."""

_COMMENTS = r"/\*.*?\*/|--[^\n]*"
_DOLLARS = r"\$(?P<tag>\w*)\$.*?\$(?P=tag)\$"
_ESCAPED = r"'(?:[^'\\]|''|\\.)*(?:'|$)"
_PLAIN = r"'(?:[^']|'')*(?:'|$)"
_DOUBLE = r'"(?:[^"\\]|""|\\.)*(?:"|$)'
_NUMBERS = r"(?<![\w.$:@?])-?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?!\w)"
_LITERALS = re.compile(
    f"(?P<comment>{_COMMENTS})|{_DOLLARS}|[eE]{_ESCAPED}|[a-zA-Z]{{0,2}}{_PLAIN}|{_NUMBERS}", re.DOTALL
)
_LITERALS_OF_MYSQL = re.compile(
    f"(?P<comment>{_COMMENTS}|#[^\\n]*)|[a-zA-Z]?{_ESCAPED}|{_DOUBLE}|{_NUMBERS}", re.DOTALL
)

_NAME = r"(?:[\w$]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\])(?:\.(?:[\w$]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\]))*"
_SKIPPED = re.compile(rf"(?:\s|{_COMMENTS})+|\(", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]+")
_TARGET_AFTER: Final = {
    "SELECT": rf"\bFROM\s+(?:ONLY\s+)?({_NAME})",
    "DELETE": rf"\bFROM\s+(?:ONLY\s+)?({_NAME})",
    "INSERT": rf"\bINTO\s+({_NAME})",
    "REPLACE": rf"\bINTO\s+({_NAME})",
    "MERGE": rf"\bINTO\s+({_NAME})",
    "UPDATE": rf"\bUPDATE\s+(?:OR\s+\w+\s+|ONLY\s+)?({_NAME})",
    "TRUNCATE": rf"\bTRUNCATE\s+(?:TABLE\s+)?({_NAME})",
    "CALL": rf"\bCALL\s+({_NAME})",
    "WITH": rf"\b(?:FROM|INTO|UPDATE)\s+({_NAME})",
}
_DEFINITION: Final = (
    r"\b(?:TABLE|INDEX|VIEW|TRIGGER|DATABASE|SCHEMA|SEQUENCE|TYPE|FUNCTION)"
    rf"\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?({_NAME})"
)
_TARGETS: Final = {
    word: re.compile(pattern, re.IGNORECASE)
    for word, pattern in (_TARGET_AFTER | dict.fromkeys(("CREATE", "ALTER", "DROP"), _DEFINITION)).items()
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as its span tells it."""

    operation: str
    """`SELECT`, `INSERT` …, in upper case; empty where the text begins with no word."""
    target: str
    """The table, without quotes; empty where none is named."""
    text: str
    """The statement with its literals replaced by `?`."""

    @property
    def summary(self) -> str:
        """`SELECT orders`: few distinct values, fit for the name of a span."""
        return f"{self.operation} {self.target}".strip()


@lru_cache(maxsize=1024)
def read_statement(text: str, *, mysql: bool = False) -> Statement:
    """Read one statement; in MySQL's, text in double quotes is a value and a backslash escapes."""
    text = text[:LONGEST]
    literals = _LITERALS_OF_MYSQL if mysql else _LITERALS
    safe = literals.sub(lambda match: match.group() if match.group("comment") else "?", text)
    start = 0
    while skipped := _SKIPPED.match(safe, start):
        start = skipped.end()
    word = _WORD.match(safe, start)
    if not word:
        return Statement("", "", safe)
    operation = word.group().upper()
    pattern = _TARGETS.get(operation)
    target = pattern.search(safe, start) if pattern else None
    return Statement(operation, re.sub(r"[\"`\[\]]", "", target.group(1)) if target else "", safe)
