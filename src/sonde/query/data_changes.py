"""What data says against data that it is laid over. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import orjson

from sonde.query.pipeline_answers import DataChange

MAX_DEPTH = 64
"""Levels of JSON that are read; what is deeper stays text."""

_PLAIN_KEY = re.compile(r"[\w-]+")
_ABSENT = object()


def parsed(text: str) -> Any:
    """The value of JSON text; None for no text, the text itself for what is no JSON or too deep."""
    if not text:
        return None
    try:
        value = orjson.loads(text)
    except ValueError:
        return text
    return value if _is_shallow(value) else text


def changes(before: object, after: object, *, whole: bool = False) -> list[DataChange]:
    """What `after` says that `before` does not, once laid over it level by level; what it leaves out stays.

    Lists are compared whole. With `whole`, `after` is all there is then: what it leaves out was removed.
    """
    found: list[DataChange] = []
    if after is not None:
        _compare(before, after, "", found, whole=whole)
    return found


def hands_on(before: object, after: object) -> bool:
    """Whether `after` is likely all of `before` with changes: of at least half of its keys it has something
    unchanged. Data that adds to `before` rarely repeats so much of it."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    known = cast(dict[str, object], before)
    told = cast(dict[str, object], after)
    kept = sum(key in told and _keeps_some(value, told[key]) for key, value in known.items())
    return kept > 0 and 2 * kept >= len(known)


def laid_over(under: object, over: object) -> object:
    """`over` on top of `under`, level by level; neither is changed. What is no object takes the place."""
    if over is None:
        return under
    if not isinstance(under, dict) or not isinstance(over, dict):
        return over
    made: dict[str, object] = dict(cast(dict[str, object], under))
    for key, value in cast(dict[str, object], over).items():
        made[key] = laid_over(made.get(key), value) if isinstance(value, dict) else value
    return made


def _keeps_some(before: object, after: object) -> bool:
    """Whether a value of `before`, at whatever level, is in `after` as it was."""
    if before and isinstance(before, dict) and isinstance(after, dict):
        told = cast(dict[str, object], after)
        known = cast(dict[str, object], before)
        return any(key in told and _keeps_some(value, told[key]) for key, value in known.items())
    return before == after and type(before) is type(after)


def _compare(before: object, after: object, path: str, found: list[DataChange], *, whole: bool) -> None:
    if isinstance(after, dict) and (isinstance(before, dict) or (before is _ABSENT and after)):
        known = cast(Mapping[str, object], before) if isinstance(before, dict) else {}
        told = cast(dict[str, object], after)
        for key, value in told.items():
            _compare(known.get(key, _ABSENT), value, _below(path, key), found, whole=whole)
        if whole:
            found.extend(
                {"path": _below(path, key), "before": value, "after": None, "kind": "removed"}
                for key, value in known.items()
                if key not in told
            )
    elif before is _ABSENT or before != after or type(before) is not type(after):
        kind = "added" if before is _ABSENT else "changed"
        found.append(
            {"path": path, "before": None if before is _ABSENT else before, "after": after, "kind": kind}
        )


def _below(path: str, key: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    return f"{path}[{json.dumps(key, ensure_ascii=False)}]"


def _is_shallow(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below.extend(cast(dict[str, object], each).values())
            elif isinstance(each, list):
                below.extend(cast(list[object], each))
        if not below:
            return True
        level = below
    return False
