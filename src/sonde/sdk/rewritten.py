"""A finished span of which some parts are replaced; the rest, also what was counted as dropped, stays."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, SpanContext, Status
from opentelemetry.util.types import Attributes


class RewrittenSpan(ReadableSpan):
    """`span` with the given parts in place of its own."""

    def __init__(
        self,
        span: ReadableSpan,
        *,
        name: str | None = None,
        context: SpanContext | None = None,
        attributes: Attributes = None,
        events: Sequence[Event] | None = None,
        links: Sequence[Link] | None = None,
        status: Status | None = None,
    ) -> None:
        super().__init__(
            name=span.name if name is None else name,
            context=context or span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=span.attributes if attributes is None else attributes,
            events=span.events if events is None else events,
            links=span.links if links is None else links,
            kind=span.kind,
            status=status or span.status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )
        self._dropped = (span.dropped_attributes, span.dropped_events, span.dropped_links)

    @property
    def dropped_attributes(self) -> int:
        """How many attributes were over the limit."""
        return self._dropped[0]

    @property
    def dropped_events(self) -> int:
        """How many events were over the limit."""
        return self._dropped[1]

    @property
    def dropped_links(self) -> int:
        """How many links were over the limit."""
        return self._dropped[2]
