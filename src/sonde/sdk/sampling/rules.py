"""What is kept whatever the ratio says: names that the user gave, and kinds of work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Final

from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from sonde import semconv

# Attributes of orchestrations, pipelines, runs, business objects and AI calls.
_WHOLE: Final = (
    semconv.RUN_ID,
    semconv.ENTITY_PREFIX,
    semconv.ORCHESTRATION_ID,
    "sonde.pipeline.",
    "gen_ai.",
)

_METHOD: Final = ("http.request.method", "http.method")
_ROUTE: Final = "http.route"
_PATH: Final = ("url.path", "http.target", "url.full", "http.url")

# Names should be few; where ids stand in them, forgetting the answers costs no more than matching again.
_NAMES_REMEMBERED: Final = 1024


class Rules:
    """Decides by a span's name and attributes whether it is kept in any case."""

    def __init__(self, always: Sequence[str] = ()) -> None:
        """`always`: globs (`*`, `?`, `[abc]`), matched with case against the whole name."""
        self._globs = re.compile("|".join(translate(glob) for glob in always)) if always else None
        self._named = lru_cache(_NAMES_REMEMBERED)(self._matches)

    def force(
        self, name: str, kind: SpanKind | None, attributes: Mapping[str, AttributeValue] | None
    ) -> bool:
        """Whether a span with this name, kind and these attributes is kept in any case."""
        if attributes and is_kept_whole(attributes):
            return True
        if self._globs is None:
            return False
        if self._named(name):
            return True
        if kind is SpanKind.SERVER and attributes:
            return any(self._named(request) for request in _requests(attributes))
        return False

    def _matches(self, name: str) -> bool:
        return self._globs is not None and self._globs.match(name) is not None


def is_kept_whole(names: Iterable[str]) -> bool:
    """Whether one of these attribute names tells of a kind of work that is always kept whole."""
    return any(name.startswith(_WHOLE) for name in names)


def _requests(attributes: Mapping[str, AttributeValue]) -> Iterable[str]:
    """`METHOD /route` and `METHOD /path` of a request, whose span may not be named by them yet."""
    method = next((attributes[name] for name in _METHOD if name in attributes), None)
    if method is None:
        return
    if _ROUTE in attributes:
        yield f"{method} {attributes[_ROUTE]}"
    target = next((attributes[name] for name in _PATH if name in attributes), None)
    if isinstance(target, str):
        yield f"{method} {_path(target)}"


def _path(target: str) -> str:
    """The path of a path with a query, or of a whole address."""
    before_query = target.partition("?")[0]
    _, scheme, address = before_query.partition("://")
    if not scheme:
        return before_query
    return f"/{address.partition('/')[2]}"
