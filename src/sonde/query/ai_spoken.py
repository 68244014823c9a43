"""What was said in turns of a conversation: the texts of their spans, and the log records of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sonde.query.ai_messages import MESSAGE_EVENTS, Message, SpanEvent, messages_of, tool_messages_of
from sonde.query.statements import BY_KEY, statement
from sonde.query.time import HOUR_NS, MAX_NS, MIN_NS

if TYPE_CHECKING:
    from sonde.store import Database

_MOST_RECORDS = 1_000
# Records of a call may come by another clock, or once all is over.
_AROUND_NS = HOUR_NS

_Key = tuple[str, str]


class Turn(NamedTuple):
    """A call or a tool: when it began and for how long it ran in nanoseconds, and its ids."""

    at_ns: int
    trace_id: str
    span_id: str
    took_ns: int
    is_tool: bool


def spoken(database: Database, turns: Sequence[Turn]) -> list[list[Message]]:
    """The messages of each turn."""
    if not turns:
        return []
    first = min(turn.at_ns for turn in turns)
    last = max(turn.at_ns for turn in turns)
    ids: dict[str, object] = {
        "trace_ids": sorted({turn.trace_id for turn in turns}),
        "span_ids": sorted({turn.span_id for turn in turns}),
    }
    spans: dict[_Key, tuple[Mapping[str, str], list[SpanEvent]]] = {
        (trace_id, span_id): (attributes, [SpanEvent(*each) for each in zip(names, of, strict=True)])
        for trace_id, span_id, attributes, names, of in database.query(
            statement("ai_spoken_spans"), {**ids, "first": first, "last": last}, settings=BY_KEY
        ).rows
    }
    ended = max(turn.at_ns + turn.took_ns for turn in turns)
    records: dict[_Key, list[SpanEvent]] = {}
    for trace_id, span_id, name, attributes, body in database.query(
        statement("ai_spoken_logs"),
        {
            **ids,
            "names": sorted(MESSAGE_EVENTS),
            "since": max(MIN_NS, first - _AROUND_NS),
            "until": min(MAX_NS, ended + _AROUND_NS),
            "most": _MOST_RECORDS,
        },
        settings=BY_KEY,
    ).rows:
        records.setdefault((trace_id, span_id), []).append(SpanEvent(name, attributes, body))
    return [_messages(turn, spans, records) for turn in turns]


def _messages(
    turn: Turn, spans: Mapping[_Key, Any], records: Mapping[_Key, list[SpanEvent]]
) -> list[Message]:
    key = (turn.trace_id, turn.span_id)
    attributes, events = spans.get(key, ({}, []))
    if turn.is_tool:
        return tool_messages_of(attributes)
    return messages_of(attributes, [*events, *records.get(key, [])])
