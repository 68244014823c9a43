"""Who sent a request: the first address that a proxy in front names, else the peer.

Source: semantic conventions, `client.address` ("whenever possible the original client") and
`network.peer.address`; RFC 7239 for `Forwarded`. A sender can write what it likes into these headers:
the address is a trace of what was claimed, nothing to grant rights on.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from opentelemetry.trace import Span

from sonde import semconv

_FORWARDED = re.compile(r'(?:^|[;,\s])for="?\[?([0-9A-Za-z:._-]+?)\]?(?::\d+)?"?(?:[;,\s]|$)', re.IGNORECASE)
_LONGEST = 128


def set_client_address(span: Span, header: Callable[[str], str | None]) -> None:
    """Set `client.address` from the headers of a request; `header` answers for a lower-case name."""
    address = claimed_address(header)
    if address:
        span.set_attribute(semconv.CLIENT_ADDRESS, address)


def claimed_address(header: Callable[[str], str | None]) -> str:
    """The original client that proxies name in `Forwarded` or `X-Forwarded-For`; empty if none does."""
    forwarded = header("forwarded")
    if forwarded:
        match = _FORWARDED.search(forwarded.split(",", 1)[0])
        if match:
            return match.group(1)[:_LONGEST]
    chain = header("x-forwarded-for")
    return _without_port(chain.split(",", 1)[0].strip())[:_LONGEST] if chain else ""


def _without_port(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, colon, port = address.partition(":")
    return host if colon and port.isdigit() and "." in host else address
