"""What the lists of the API have in common: a search, a range of time, a page; and how they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query, Response

from sonde.errors import BadRequest
from sonde.query.search import Node, parse
from sonde.query.time import TimeRange, time_range
from sonde.server.dependencies import SettingsOf

_SPAN_ID_DIGITS = 16

SearchText = Annotated[
    str,
    Query(
        alias="q",
        description="The search, e.g. `service:checkout status:error duration:>200ms`; empty finds all.",
    ),
]
Since = Annotated[
    str | None,
    Query(
        description="From when: ISO 8601, Unix seconds, milliseconds or nanoseconds, or before now (`15m`, "
        "`24h`, `7d`). By default 24 h before `until` or now.",
    ),
]
Until = Annotated[
    str | None, Query(description="Until when (not included), as `since`. By default without end.")
]
Cursor = Annotated[
    str | None, Query(description="`nextCursor` of the page before, with the same parameters.")
]
Step = Annotated[
    str | None, Query(description="Length of a step, e.g. `10s`, `5m`. By default some 60 in the range.")
]
TraceId = Annotated[str, Query(alias="traceId", description="Only those of this trace, whenever it was.")]
SpanId = Annotated[str, Query(alias="spanId", description="Only those of this span.")]
WantedLimit = Annotated[
    int | None,
    Query(
        ge=1, description="Most rows of the answer: by default 100, at most 10 000 (settings query.*_limit)."
    ),
]


def search_of(q: SearchText = "") -> Node:
    """The search of a request. Raises SearchSyntaxError."""
    return parse(q)


async def range_of(since: Since = None, until: Until = None) -> TimeRange:
    """The range of time of a request. Raises BadRequest."""
    return time_range(since, until)


async def limit_of(settings: SettingsOf, limit: WantedLimit = None) -> int:
    """The most rows that a request is answered with. Raises BadRequest when it wants too many."""
    if limit is not None and limit > settings.query_max_limit:
        raise BadRequest(
            f"cannot answer {limit} rows: the most is {settings.query_max_limit}",
            hint="ask for fewer and go on with nextCursor, as `sonde query --all` does, "
            "or raise the setting query.max_limit",
        )
    return limit or settings.query_default_limit


SearchOf = Annotated[Node, Depends(search_of)]
RangeOf = Annotated[TimeRange, Depends(range_of)]
LimitOf = Annotated[int, Depends(limit_of)]


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list are wanted."""

    node: Node
    range: TimeRange
    limit: int
    cursor: str | None
    question: str


def page_of(range_: RangeOf, limit: LimitOf, q: SearchText = "", cursor: Cursor = None) -> Page:
    """The page that a request asks for. Raises SearchSyntaxError or BadRequest."""
    return Page(parse(q), range_, limit, cursor, q)


PageOf = Annotated[Page, Depends(page_of)]


def parse_span_id(text: str) -> str:
    """The span id in a text, lower-cased. Raises BadRequest."""
    span_id = text.strip().lower()
    if len(span_id) != _SPAN_ID_DIGITS or not all(c in "0123456789abcdef" for c in span_id):
        raise BadRequest(
            f"cannot look up the span {span_id[:64]!r}: a span id is 16 hexadecimal digits",
            hint="to find a span by the beginning of its id, search spans for span:00f067aa*",
        )
    return span_id


def listed(texts: list[str] | None) -> list[str]:
    """The names in a parameter that is repeated or has commas, each once."""
    names = [name.strip() for text in texts or () for name in text.split(",")]
    return list(dict.fromkeys(name for name in names if name))


def answer(body: Any) -> Response:
    """The body as JSON. It is not validated again: a trace of 100 000 spans takes its time as it is."""
    return Response(orjson.dumps(body), media_type="application/json")
