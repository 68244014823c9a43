"""Where a list goes on: opaque to the caller, and bound to the question that made it.

A cursor holds the key of the last row (keyset paging), the resolved range of time, and a digest of the
question: `until=15m` means the same instant on every page, and a cursor of another search is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from sonde.errors import BadRequest
from sonde.query.time import MAX_NS, MIN_NS, TimeRange

_MAX_LENGTH = 6000


@dataclass(frozen=True, slots=True)
class Cursor:
    """The range of the first page, and the key after which the next page begins."""

    range: TimeRange
    key: tuple[int | str, ...]


def encode(cursor: Cursor, question: str) -> str:
    """The cursor as text. `question` is everything that must not change between pages."""
    body = [cursor.range.since_ns, cursor.range.until_ns, *cursor.key]
    return base64.urlsafe_b64encode(orjson.dumps([_digest(question, body), *body])).decode().rstrip("=")


def decode(text: str, question: str, kinds: tuple[type[int] | type[str], ...]) -> Cursor:
    """The cursor in a text.

    Raises BadRequest when it was not made by `encode` for the same question with a key of these kinds.
    """
    body = _read(text)
    since, until, *key = body[1:] if len(body) > len(kinds) else (0, 0)
    if (
        body[:1] != [_digest(question, body[1:])]
        or len(key) != len(kinds)
        or not all(type(part) is kind for part, kind in zip(key, kinds, strict=True))
        or not all(type(end) is int and MIN_NS <= end <= MAX_NS for end in (since, until))
    ):
        raise _refused()
    return Cursor(TimeRange(since, until), tuple(key))


def _read(text: str) -> list[Any]:
    if len(text) > _MAX_LENGTH:
        raise _refused()
    try:
        body = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise _refused() from None
    if not isinstance(body, list):
        raise _refused()
    return body


def _digest(question: str, body: list[Any]) -> str:
    told = question.encode("utf-8", "surrogatepass") + orjson.dumps(body)
    return hashlib.blake2b(told, digest_size=6).hexdigest()


def _refused() -> BadRequest:
    return BadRequest(
        "cannot go on from this cursor: it is not one of this search",
        hint="pass nextCursor of the page before, with the same q and parameters, or leave the cursor out",
    )
