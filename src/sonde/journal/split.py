"""How a refused segment is cut into parts, without I/O.

Before anything of a part is consumed, the list of parts is on disk: after a crash the same parts, with the
same ids, are consumed again, and the store can tell for each what it holds already.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum


class PartState(StrEnum):
    PENDING = "pending"
    STORED = "stored"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Part:
    """Records `first` to before `first + count` of the segment; `number` gives it its segment id."""

    number: int
    first: int
    count: int
    state: PartState = PartState.PENDING


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a segment in the order of its records."""

    parts: tuple[Part, ...]

    def next_pending(self) -> Part | None:
        return next((part for part in self.parts if part.state is PartState.PENDING), None)

    def marked(self, part: Part, state: PartState) -> Split:
        """The same with `part` in `state`."""
        return self._with(part, (replace(part, state=state),))

    def halved(self, part: Part) -> Split:
        """The same with `part` (of two records or more) cut into two pending parts with new numbers."""
        number = max(known.number for known in self.parts) + 1
        half = part.count // 2
        return self._with(
            part, (Part(number, part.first, half), Part(number + 1, part.first + half, part.count - half))
        )

    def _with(self, part: Part, others: tuple[Part, ...]) -> Split:
        at = self.parts.index(part)
        return Split(self.parts[:at] + others + self.parts[at + 1 :])


def whole(count: int) -> Split:
    """A segment of `count` records of which nothing was refused."""
    return Split((Part(0, 0, count),))


def encode_split(split: Split) -> bytes:
    """The content of a split file."""
    parts = [{"number": p.number, "first": p.first, "count": p.count, "state": p.state} for p in split.parts]
    return json.dumps({"format": 1, "parts": parts}, indent=1).encode()


def decode_split(content: bytes) -> Split:
    """Raises ValueError when the content is not a split file of this format."""
    try:
        found = json.loads(content)
        if found["format"] != 1:
            raise ValueError(f"split file of format {found['format']}, expected 1")
        return Split(tuple(_decode_part(part) for part in found["parts"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"split file lacks {error}") from error


def _decode_part(part: dict[str, object]) -> Part:
    number, first, count = part["number"], part["first"], part["count"]
    if not (isinstance(number, int) and isinstance(first, int) and isinstance(count, int)):
        raise ValueError(f"split file with the part {part}")
    return Part(number, first, count, PartState(str(part["state"])))
