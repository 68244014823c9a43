"""The client for programs that do other things while they wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Self, TypeVar, Unpack

import httpx

from sonde.own_requests import own_requests
from sonde.records import EventFilters, EventRecord, SpanFilters, SpanRecord
from sonde.sdk.client.calls import (
    Answer,
    Call,
    Calls,
    EventFields,
    NoAnswer,
    Page,
    Pause,
    SpanFields,
    event_filters,
    in_great_pages,
    span_filters,
)
from sonde.sdk.client.connection import answer, connection

T = TypeVar("T")


class AsyncClient:
    """`sonde.Client` for asyncio: the same methods, to be awaited; the same arguments and errors."""

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        service_name: str = "",
        timeout_s: float = 30,
        retries: int = 3,
    ) -> None:
        self._connection = connection(url, api_key, timeout_s)
        self._calls = Calls(service_name, retries)
        self._http = httpx.AsyncClient(**self._connection.options())

    @property
    def url(self) -> str:
        """The server's address."""
        return self._connection.url

    async def record_span(self, record: SpanRecord) -> str:
        """Send a span; returns its id. Recorded again, e.g. at its end, it is the same span."""
        return await self._run(self._calls.record_span(record))

    async def record_event(self, record: EventRecord) -> str:
        """Send an event; returns its id. The same record, repeated within ten minutes, is one event.

        Raises ValueError for a severity that there is not.
        """
        return await self._run(self._calls.record_event(record))

    async def list_spans(
        self,
        filters: SpanFilters | None = None,
        /,
        *,
        cursor: str | None = None,
        **fields: Unpack[SpanFields],
    ) -> Page[SpanRecord]:
        """A page of spans, newest first; filters may be given one by one: `list_spans(status="error")`."""
        return await self._run(self._calls.list_spans(span_filters(filters, fields), cursor))

    async def list_events(
        self,
        filters: EventFilters | None = None,
        /,
        *,
        cursor: str | None = None,
        **fields: Unpack[EventFields],
    ) -> Page[EventRecord]:
        """A page of events, newest first; filters may be given one by one."""
        return await self._run(self._calls.list_events(event_filters(filters, fields), cursor))

    async def iter_spans(
        self, filters: SpanFilters | None = None, /, **fields: Unpack[SpanFields]
    ) -> AsyncIterator[SpanRecord]:
        """Every span, page after page as they are needed; `limit` is of a page."""
        chosen = in_great_pages(span_filters(filters, fields))
        page = await self.list_spans(chosen)
        for record in page:
            yield record
        while page.next_cursor is not None:
            page = await self.list_spans(chosen, cursor=page.next_cursor)
            for record in page:
                yield record

    async def iter_events(
        self, filters: EventFilters | None = None, /, **fields: Unpack[EventFields]
    ) -> AsyncIterator[EventRecord]:
        """Every event, page after page as they are needed; `limit` is of a page."""
        chosen = in_great_pages(event_filters(filters, fields))
        page = await self.list_events(chosen)
        for record in page:
            yield record
        while page.next_cursor is not None:
            page = await self.list_events(chosen, cursor=page.next_cursor)
            for record in page:
                yield record

    async def flush(self, timeout_s: float = 30) -> None:
        """Wait until all that the server has accepted can be read. Raises Overloaded after `timeout_s`."""
        await self._run(self._calls.flush(timeout_s))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _run(self, call: Call[T]) -> T:
        came: Answer | NoAnswer | None = None
        with own_requests():
            while True:
                try:
                    step = call.send(came)
                except StopIteration as end:
                    return end.value
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                    came = None
                    continue
                try:
                    came = answer(await self._http.request(**self._connection.sent(step)))
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    came = self._connection.lost(error)
