"""What records inherit: the resource, the scope and the request around them, rendered once and repeated by
index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyarrow as pa

from sonde import semconv
from sonde.decode.attributes import Attributes
from sonde.decode.columns import Index, encoded, numbers, unnest
from sonde.decode.kernels import kernels as pc


@dataclass(frozen=True)
class Envelope:
    """The resources and scopes of a batch, and for each of its records which of them it belongs to."""

    resources: Any
    scopes: Any
    resource_of: Index
    scope_of: Index
    request_of: Index
    resource_attributes: Attributes
    scope_attributes: Attributes

    def take(self, rows: Index) -> Envelope:
        """For these records only."""
        return replace(
            self,
            resource_of=self.resource_of[rows],
            scope_of=self.scope_of[rows],
            request_of=self.request_of[rows],
        )

    @cached_property
    def service(self) -> pa.DictionaryArray:
        """`service.name` of each record, or `unknown_service`, as the semantic conventions have it."""
        names = self.resource_attributes.column(semconv.SERVICE_NAME)
        if names is None:
            names = pa.nulls(len(self.resources), pa.string())
        return pc.fill_null(names, semconv.UNKNOWN_SERVICE).dictionary_encode().take(self._resource_index)

    def resource_map(self) -> pa.MapArray:
        """The attributes of each record's resource."""
        return self.resource_attributes.take(self.resource_of).to_map()

    def resource_schema_url(self) -> pa.Array:
        """The schema URL of each record's resource."""
        return _spread(self.resources.field("schema_url"), self._resource_index)

    def resource_dropped(self) -> pa.Array:
        """How many attributes each record's resource lost before it was sent."""
        dropped = self.resources.field("resource").field("dropped_attributes_count")
        return pa.array(numbers(dropped)[self.resource_of])

    def scope_map(self) -> pa.MapArray:
        """The attributes of each record's scope."""
        return self.scope_attributes.take(self.scope_of).to_map()

    def scope_text(self, field: str) -> pa.Array:
        """`name` or `version` of each record's scope."""
        return _spread(self.scopes.field("scope").field(field), self._scope_index)

    def scope_schema_url(self) -> pa.Array:
        """The schema URL of each record's scope."""
        return _spread(self.scopes.field("schema_url"), self._scope_index)

    def scope_dropped(self) -> pa.Array:
        """How many attributes each record's scope lost before it was sent."""
        dropped = self.scopes.field("scope").field("dropped_attributes_count")
        return pa.array(numbers(dropped)[self.scope_of])

    @cached_property
    def _resource_index(self) -> pa.Array:
        return pa.array(self.resource_of)

    @cached_property
    def _scope_index(self) -> pa.Array:
        return pa.array(self.scope_of)


def _spread(strings: pa.Array, index: pa.Array) -> pa.Array:
    return encoded(strings).take(index)


def opened(batch: pa.RecordBatch, scopes_field: str, records_field: str) -> tuple[Any, Envelope]:
    """The records of all requests in one struct array, and what they inherit.

    `batch` has one row a request, and one column: the list of resources.
    """
    resources, request_of_resource = unnest(batch.column(0))
    scopes, resource_of_scope = unnest(resources.field(scopes_field))
    records, scope_of = unnest(scopes.field(records_field))
    resource_of = resource_of_scope[scope_of]
    return records, Envelope(
        resources=resources,
        scopes=scopes,
        resource_of=resource_of,
        scope_of=scope_of,
        request_of=request_of_resource[resource_of],
        resource_attributes=Attributes.from_list(resources.field("resource").field("attributes")).encoded(),
        scope_attributes=Attributes.from_list(scopes.field("scope").field("attributes")).encoded(),
    )
