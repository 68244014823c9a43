"""An export request, which all signals build alike: resources, their scopes, and what those have recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from sonde.sdk.export.otlp.values import add_attributes
from sonde.sdk.export.otlp.wire import delimited, text, varint

# Fields of the request, `ResourceSpans`, `ScopeSpans` and their like of the other signals.
_RESOURCE_ITEM: Final = b"\x0a"
_RESOURCE: Final = b"\x0a"
_SCOPE_ITEM: Final = b"\x12"
_SCOPE: Final = b"\x0a"
_ITEM: Final = b"\x12"
_SCHEMA_URL: Final = b"\x1a"

Scrub: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Attributes without their secrets."""


class Request:
    """Collects encoded spans, log records or metrics by what they come from.

    `scrub` is for the attributes of resources and scopes; what is added comes without secrets.
    """

    def __init__(self, scrub: Scrub | None = None) -> None:
        self._scrub: Scrub = scrub or (lambda attributes: attributes)
        self._resources: dict[Resource, dict[InstrumentationScope | None, list[bytes]]] = {}
        self._last: tuple[Resource, InstrumentationScope | None, list[bytes]] | None = None

    def add(self, resource: Resource, scope: InstrumentationScope | None, message: bytes) -> None:
        """Add a message to those of its scope."""
        # Comparing and hashing them takes long, and mostly it is the same one.
        last = self._last
        if last is not None and last[0] is resource and last[1] is scope:
            items = last[2]
        else:
            items = self._resources.setdefault(resource, {}).setdefault(scope, [])
            self._last = resource, scope, items
        items += (_ITEM, varint(len(message)), message)

    def finish(self) -> bytes:
        """The request."""
        # Joined once: what is sent is large, and each copy of it would be memory that the program never had.
        parts: list[bytes] = []
        for resource, scopes in self._resources.items():
            described: list[bytes] = []
            add_attributes(described, b"\x0a", self._scrub(resource.attributes))
            within = [_RESOURCE, delimited(b"".join(described))]
            for scope, items in scopes.items():
                of_scope = self._scope(scope, items)
                within += (_SCOPE_ITEM, varint(_length(of_scope)), *of_scope)
            if resource.schema_url:
                within += (_SCHEMA_URL, text(resource.schema_url))
            parts += (_RESOURCE_ITEM, varint(_length(within)), *within)
        return b"".join(parts)

    def _scope(self, scope: InstrumentationScope | None, items: list[bytes]) -> list[bytes]:
        described: list[bytes] = []
        schema_url = None
        if scope is not None:
            schema_url = scope.schema_url
            if scope.name:
                described += (b"\x0a", text(scope.name))
            if scope.version:
                described += (b"\x12", text(scope.version))
            add_attributes(described, b"\x1a", self._scrub(scope.attributes or {}))
        within = [_SCOPE, delimited(b"".join(described)), *items]
        if schema_url:
            within += (_SCHEMA_URL, text(schema_url))
        return within


def _length(parts: list[bytes]) -> int:
    return sum(map(len, parts))
