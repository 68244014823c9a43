"""What a piece of data looked like at one moment, as JSON text of bounded size.

Always valid JSON: what is left out is replaced by a mark that says so, what JSON does not have by its
nearest text, and what cannot even be shown by the name of its type.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from itertools import islice
from typing import Any, Final, cast

MAX_CHARS: Final = 60_000
MAX_DEPTH: Final = 24
MARK: Final = "… truncated"

# What a number, a bracket or a separator takes, about.
_SMALL: Final = 6

# Modules whose types say more plainly with str() than with repr() what they are.
_SPEAKING: Final = frozenset({"decimal", "fractions", "ipaddress", "pathlib", "uuid"})


def snapshot(value: object, max_chars: int = MAX_CHARS) -> str:
    """`value` as JSON text of about `max_chars` characters (beyond them come marks alone). Never raises."""
    return _written(_Picture(max_chars).of(value, 0))


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class _Picture:
    """Copies a value into what JSON has, until its budget of characters is used up."""

    def __init__(self, budget: int) -> None:
        self.left = budget
        self.above: set[int] = set()

    def of(self, value: object, depth: int) -> object:
        if value is None or value is True or value is False:
            self.left -= _SMALL
            return value
        if type(value) is str:
            return self.text(value)
        if isinstance(value, int | float) and not isinstance(value, Enum):
            return self.number(value)
        try:
            return self.other(value, depth)
        except Exception as error:  # a property, a __repr__ or an iterator of the user's may raise anything
            return self.text(f"<{type(value).__name__}: {type(error).__name__}>")

    def text(self, text: str) -> str:
        # Lone surrogates are legal in Python and refused by every encoder that the text meets later.
        cut = text[: max(0, self.left)]
        if not cut.isascii():
            cut = cut.encode("utf-8", "replace").decode()
        size = len(_written(cut))
        while size > self.left + 2 and cut:  # a quote takes two characters, a control character six
            cut = cut[: len(cut) * max(0, self.left) // size]
            size = len(_written(cut))
        self.left -= size
        return cut if len(cut) == len(text) else f"{cut}{MARK} ({len(text)} characters)"

    def number(self, value: float) -> object:
        self.left -= _SMALL
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(value)
        # Python refuses to write integers of more than some thousand digits.
        return int(value) if value.bit_length() <= 4096 else f"<int of {value.bit_length()} bits>"

    def other(self, value: object, depth: int) -> object:
        if isinstance(value, Enum):
            return self.of(cast(object, value.value), depth)
        if isinstance(value, str):
            return self.text(str.__str__(value))
        if isinstance(value, bytes | bytearray | memoryview):
            return self.text(f"<{len(value)} bytes>")
        if isinstance(value, datetime | date | time):
            return self.text(value.isoformat())
        if isinstance(value, BaseException):
            return self.text(f"{type(value).__name__}: {value}")
        parts = _parts(value)
        if parts is None:
            return self.text(_shown(value))
        if self.left <= 0 or depth >= MAX_DEPTH:
            return MARK
        if id(value) in self.above:
            return f"<{type(value).__name__} within itself>"
        self.above.add(id(value))
        try:
            if isinstance(parts, Mapping):
                return self.members(cast(Mapping[object, object], parts), depth + 1)
            return self.items(parts, depth + 1)
        finally:
            self.above.discard(id(value))

    def members(self, mapping: Mapping[object, object], depth: int) -> object:
        made: dict[str, object] = {}
        # A copy: another thread may go on writing to it.
        for key, each in list(islice(mapping.items(), self.room())):
            if self.left <= 0:
                made[MARK] = f"{len(mapping)} keys"
                break
            name = self.text(key if isinstance(key, str) else _shown(key))
            made[name] = self.of(each, depth)
        return made

    def items(self, items: Iterable[object], depth: int) -> object:
        made: list[object] = []
        for each in list(islice(items, self.room())):
            if self.left <= 0:
                made.append(MARK)
                break
            made.append(self.of(each, depth))
            self.left -= 1
        return made

    def room(self) -> int:
        """How many parts can have a place; one more shows that there are more."""
        return max(0, self.left) // 2 + 1


def _parts(value: object) -> Mapping[Any, object] | Iterable[object] | None:
    """The members or items of a container; None for anything else. Iterators are not consumed."""
    if isinstance(value, Mapping):
        return cast(Mapping[Any, object], value)
    if isinstance(value, Set):
        return sorted(islice(cast(Set[object], value), MAX_CHARS), key=_shown)
    if isinstance(value, Sequence):
        return cast(Sequence[object], value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name, None) for field in fields(value)}
    dump = cast(Callable[[], object] | None, getattr(value, "model_dump", None))  # pydantic
    if callable(dump) and not isinstance(value, type):
        dumped = dump()
        return cast(Mapping[Any, object], dumped) if isinstance(dumped, Mapping) else None
    return None


def _shown(value: object) -> str:
    """The text of something JSON has no form for; a plain object shows its type, not its address."""
    if type(value).__repr__ is object.__repr__:
        return f"<{type(value).__qualname__}>"
    if isinstance(value, int | float) or type(value).__module__ in _SPEAKING:
        return str(value)
    return repr(value)
