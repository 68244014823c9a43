"""What a client asks and what it makes of the answers, without any input or output.

A call is a generator: it yields a request to send or a pause to make, is sent what came of it, and
returns its result. `synchronous` and `asynchronous` each drive it in their own way.
"""

from __future__ import annotations

import json
import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias, TypedDict, TypeVar

from sonde import __version__
from sonde.errors import BadRequest, JournalUnavailable, Overloaded, ServerUnreachable, StoreUnavailable
from sonde.records import EventFilters, EventRecord, Filters, Record, SpanFilters, SpanRecord
from sonde.sdk.client.otlp import event_request, span_request
from sonde.sdk.client.refusals import refusal

PAGE_RECORDS: Final = 1000
"""Records that an iterator asks for at a time."""
CONNECT_TIMEOUT_S: Final = 3.0

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 10.0
# Of these the request did nothing yet; what else goes wrong would go wrong again.
_PASSING: Final = (429, 502, 503)

R = TypeVar("R", bound=Record)
F = TypeVar("F", bound=Filters)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """What to send. `timeout_s` is for the answer; by default the client's."""

    method: str
    path: str
    params: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    body: bytes | None = None
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Time to let pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing came back; `timed_out` when the request may have arrived."""

    error: ServerUnreachable
    timed_out: bool


Call: TypeAlias = Generator[Request | Pause, Answer | NoAnswer | None, T]


class Page(list[T]):
    """Records, newest first; `next_cursor` leads to the next page, None where there is none."""

    next_cursor: str | None = None


class SpanFields(TypedDict, total=False):
    """`SpanFilters` as keyword arguments; `source` is another word for component."""

    trace_id: str
    orchestration_id: str
    component: str
    source: str
    operation: str
    status: str
    since: datetime | str | None
    until: datetime | str | None
    limit: int | None
    q: str


class EventFields(TypedDict, total=False):
    """`EventFilters` as keyword arguments; `source` is another word for component."""

    trace_id: str
    span_id: str
    orchestration_id: str
    component: str
    source: str
    event_type: str
    severity: str
    status: str
    since: datetime | str | None
    until: datetime | str | None
    limit: int | None
    q: str


def span_filters(filters: SpanFilters | None, fields: SpanFields) -> SpanFilters:
    """The filters with these fields. Raises TypeError for one that there is not."""
    return _with(filters or SpanFilters(), dict(fields))


def event_filters(filters: EventFilters | None, fields: EventFields) -> EventFilters:
    """The filters with these fields. Raises TypeError for one that there is not."""
    return _with(filters or EventFilters(), dict(fields))


def _with(filters: F, fields: dict[str, Any]) -> F:
    source = fields.pop("source", None)
    if source:
        fields["component"] = source
    return replace(filters, **fields)  # pyright: ignore[reportArgumentType, reportCallIssue] -- every kind of filters is a dataclass


def in_great_pages(filters: F) -> F:
    """The filters for reading everything, unless they say how much a page holds."""
    limit: int | None = getattr(filters, "limit", None)
    return filters if limit is not None else _with(filters, {"limit": PAGE_RECORDS})


def headers(api_key: str) -> dict[str, str]:
    """What every request bears."""
    bearer = {"authorization": f"Bearer {api_key}"} if api_key else {}
    return {"user-agent": f"sonde-client/{__version__}", **bearer}


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of a client."""

    service_name: str
    retries: int

    def record_span(self, record: SpanRecord) -> Call[str]:
        """Send the span; its id."""
        yield from self._export("traces", span_request(record, self.service_name))
        return record.span_id

    def record_event(self, record: EventRecord) -> Call[str]:
        """Send the event; its id."""
        yield from self._export("logs", event_request(record, self.service_name))
        return record.event_id

    def list_spans(self, filters: SpanFilters, cursor: str | None) -> Call[Page[SpanRecord]]:
        """One page of spans."""
        return (yield from self._list(SpanRecord, "spans", filters, cursor))

    def list_events(self, filters: EventFilters, cursor: str | None) -> Call[Page[EventRecord]]:
        """One page of events."""
        return (yield from self._list(EventRecord, "events", filters, cursor))

    def flush(self, timeout_s: float) -> Call[None]:
        """Wait for the server."""
        params: dict[str, str | int] = {"timeoutS": f"{timeout_s:g}"}
        yield from self._ask(Request("POST", "/api/v1/flush", params, timeout_s=timeout_s + 5))

    def _list(self, kind: type[R], name: str, filters: Filters, cursor: str | None) -> Call[Page[R]]:
        params = filters.to_params()
        if cursor is not None:
            params["cursor"] = cursor
        answer = yield from self._ask(Request("GET", f"/api/v1/records/{name}", params))
        try:
            body = json.loads(answer.body)
            page = Page(kind.from_json(each) for each in body[name])
            page.next_cursor = body["nextCursor"]
        except (ValueError, KeyError, TypeError):
            raise refusal(answer.status, answer.body) from None
        return page

    def _export(self, signal: str, body: bytes) -> Call[None]:
        answer = yield from self._ask(Request("POST", f"/v1/{signal}", body=body))
        partial = _partial_success(answer.body)
        if partial:
            raise BadRequest(str(partial.get("errorMessage") or "the server did not take the record"))

    def _ask(self, request: Request) -> Call[Answer]:
        """The good answer to a request, tried again while there is hope. Raises the error of a bad one."""
        pause_s = _FIRST_PAUSE_S
        for attempt in range(self.retries + 1):
            outcome = yield request
            if isinstance(outcome, Answer):
                if outcome.status < 400:
                    return outcome
                asked_s = int(outcome.retry_after) if outcome.retry_after.isdigit() else None
                error = refusal(outcome.status, outcome.body, asked_s)
                passing = outcome.status in _PASSING or isinstance(
                    error, Overloaded | JournalUnavailable | StoreUnavailable
                )
            else:
                assert outcome is not None  # only a pause is answered by None
                asked_s, error = None, outcome.error
                # A question that was not answered in time would not be the next time; a record that
                # arrived after all is known again.
                passing = request.body is not None or not outcome.timed_out
            if not passing or attempt == self.retries:
                raise error
            yield Pause(min(_LONGEST_PAUSE_S, max(asked_s or 0, pause_s * random.uniform(0.5, 1))))
            pause_s *= 2
        raise AssertionError("the last attempt returns or raises")


def _partial_success(body: bytes) -> Mapping[str, Any] | None:
    try:
        return json.loads(body).get("partialSuccess")
    except (ValueError, AttributeError):
        return None
