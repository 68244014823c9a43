"""Trace ids as they are typed: whole, or how they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sonde.cli.source import Source

FULL_ID: Final = 32
SHORTEST_PREFIX: Final = 6
PREFIX_SINCE: Final = "30d"


def whole_trace_id(source: Source, typed: str) -> str:
    """The id of the trace that is meant. Raises BadRequest for what is no beginning of one or of several, and
    NotFound."""
    from sonde.errors import BadRequest

    wanted = typed.strip().lower()
    if not wanted or len(wanted) > FULL_ID or set(wanted) - set("0123456789abcdef"):
        raise BadRequest(
            f"cannot use {typed!r} as a trace id", hint="32 hexadecimal digits, or the first of them"
        )
    return wanted if len(wanted) == FULL_ID else _complete(source, wanted)


def _complete(source: Source, prefix: str) -> str:
    from sonde.errors import BadRequest, NotFound

    if len(prefix) < SHORTEST_PREFIX:
        raise BadRequest(
            f"cannot look for a trace by {prefix!r}", hint=f"give at least {SHORTEST_PREFIX} digits"
        )
    answer = source.get("/api/v1/spans", {"q": f"trace:{prefix}*", "since": PREFIX_SINCE, "limit": 1000})
    found = sorted({str(row["traceId"]) for row in answer["spans"]})
    if not found:
        raise NotFound(
            f"no trace of the last {PREFIX_SINCE} begins with {prefix}", hint="older ones need the whole id"
        )
    if len(found) > 1:
        shown = ", ".join(found[:4]) + (" …" if len(found) > 4 else "")
        raise BadRequest(f"{len(found)} traces begin with {prefix}: {shown}", hint="give more digits")
    return found[0]
