"""How a trace's context travels in Socket.IO, which has no headers for its messages.

1. A client announces that it reads contexts: the query of its connection's address has `otel=1`, or
   `otel=<traceparent>` where nothing else can say what the connection belongs to (a browser's WebSocket).
2. A server that reads them too answers with `"otel": 1` beside `sid` in the CONNECT packet of each namespace.
3. An event to a peer that has announced itself ends with one more argument, an object of one member:
   `{"$otel": {"traceparent": "00-…", "tracestate": "…", "baggage": "…"}}` (W3C Trace Context and Baggage).
   Whoever reads contexts takes an argument of that form away before its handlers see it.

A peer that has announced nothing is sent nothing new, so it may be anything. Acknowledgements carry none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit, urlunsplit

PARAMETER: Final = "otel"
MEMBER: Final = "otel"
KEY: Final = "$otel"

_MAX_FIELDS: Final = 8


def announcement(environ: Mapping[str, Any]) -> str | None:
    """What a client announced in the query of its connection; None for one that did not."""
    values = parse_qs(str(environ.get("QUERY_STRING") or "")).get(PARAMETER)
    return values[0] if values else None


def announcing(url: str) -> str:
    """`url` with the announcement in its query."""
    parts = urlsplit(url)
    if PARAMETER in parse_qs(parts.query):
        return url
    query = f"{parts.query}&{PARAMETER}=1" if parts.query else f"{PARAMETER}=1"
    return urlunsplit(parts._replace(query=query))


def carried(carrier: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The argument that carries these fields."""
    return {KEY: dict(carrier)}


def with_carrier(data: object, carrier: Mapping[str, str]) -> object:
    """What `emit` is given, with the carrying argument behind it: None is no argument, a tuple is several."""
    if data is None:
        return carried(carrier)
    if isinstance(data, tuple):
        return (*cast(tuple[object, ...], data), carried(carrier))
    return (data, carried(carrier))


def taken(data: Sequence[Any]) -> tuple[list[Any], Mapping[str, str] | None]:
    """The event and its arguments without the carrying one, and its fields; None where there is none."""
    last: object = data[-1] if len(data) > 1 else None
    if not isinstance(last, dict):
        return list(data), None
    members = cast(dict[object, object], last)
    fields = members.get(KEY) if len(members) == 1 else None
    if not isinstance(fields, dict) or len(cast(dict[object, object], fields)) > _MAX_FIELDS:
        return list(data), None
    found = {str(key).lower(): str(value) for key, value in cast(dict[object, object], fields).items()}
    return list(data[:-1]), found
