"""The client for programs that wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
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


class Client:
    """Records spans and events on a Sonde server, and reads them.

    Unlike the rest of the SDK it sends at once and raises: SettingError at its making, later
    ServerUnreachable, and for a refusal the error of `sonde.errors` with the server's code (Unauthenticated,
    BadRequest, Overloaded …), ServerRefused where that has no class. May be used by several threads.

    Args:
        url: the server; by default of SONDE_URL or `sonde.toml`, else the one on this machine.
        api_key: the key to send; by default of SONDE_API_KEY or `sonde.toml`.
        service_name: `service.name` of what is recorded; by default the record's component.
        timeout_s: how long to wait for an answer, in seconds.
        retries: how often to try again when the server cannot be reached or is overloaded.
    """

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
        self._http = httpx.Client(**self._connection.options())

    @property
    def url(self) -> str:
        """The server's address."""
        return self._connection.url

    def record_span(self, record: SpanRecord) -> str:
        """Send a span; returns its id. Recorded again, e.g. at its end, it is the same span."""
        return self._run(self._calls.record_span(record))

    def record_event(self, record: EventRecord) -> str:
        """Send an event; returns its id. The same record, repeated within ten minutes, is one event.

        Raises ValueError for a severity that there is not.
        """
        return self._run(self._calls.record_event(record))

    def list_spans(
        self,
        filters: SpanFilters | None = None,
        /,
        *,
        cursor: str | None = None,
        **fields: Unpack[SpanFields],
    ) -> Page[SpanRecord]:
        """A page of spans, newest first; filters may be given one by one: `list_spans(status="error")`."""
        return self._run(self._calls.list_spans(span_filters(filters, fields), cursor))

    def list_events(
        self,
        filters: EventFilters | None = None,
        /,
        *,
        cursor: str | None = None,
        **fields: Unpack[EventFields],
    ) -> Page[EventRecord]:
        """A page of events, newest first; filters may be given one by one."""
        return self._run(self._calls.list_events(event_filters(filters, fields), cursor))

    def iter_spans(
        self, filters: SpanFilters | None = None, /, **fields: Unpack[SpanFields]
    ) -> Iterator[SpanRecord]:
        """Every span, page after page as they are needed; `limit` is of a page."""
        chosen = in_great_pages(span_filters(filters, fields))
        page = self.list_spans(chosen)
        yield from page
        while page.next_cursor is not None:
            page = self.list_spans(chosen, cursor=page.next_cursor)
            yield from page

    def iter_events(
        self, filters: EventFilters | None = None, /, **fields: Unpack[EventFields]
    ) -> Iterator[EventRecord]:
        """Every event, page after page as they are needed; `limit` is of a page."""
        chosen = in_great_pages(event_filters(filters, fields))
        page = self.list_events(chosen)
        yield from page
        while page.next_cursor is not None:
            page = self.list_events(chosen, cursor=page.next_cursor)
            yield from page

    def flush(self, timeout_s: float = 30) -> None:
        """Wait until all that the server has accepted can be read. Raises Overloaded after `timeout_s`."""
        self._run(self._calls.flush(timeout_s))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, call: Call[T]) -> T:
        came: Answer | NoAnswer | None = None
        with own_requests():
            while True:
                try:
                    step = call.send(came)
                except StopIteration as end:
                    return end.value
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    came = None
                    continue
                try:
                    came = answer(self._http.request(**self._connection.sent(step)))
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    came = self._connection.lost(error)
