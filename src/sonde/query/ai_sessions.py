"""Sessions of AI calls: as a list, and one as a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sonde.errors import NotFound
from sonde.query import cursors, surroundings
from sonde.query.ai_answers import AiConversation, AiMessage, AiSession, AiSessionPage, AiTurn, SessionEntity
from sonde.query.ai_calls import COUNTED, Calls, call, calls_in, calls_that_match
from sonde.query.ai_messages import Message
from sonde.query.ai_prices import CLASS, Prices, class_params, price_data
from sonde.query.ai_spoken import Turn, spoken
from sonde.query.ai_usage import Sum, cost_of
from sonde.query.counts import ending_now
from sonde.query.cursors import Cursor
from sonde.query.run_answers import Surroundings
from sonde.query.search import Condition, Node
from sonde.query.statements import statement
from sonde.query.time import HOUR_NS, MAX_NS, MIN_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

MAX_PART = 20_000
"""Characters of a piece of a message that are answered."""

MOST_MESSAGES = 200
"""Messages of one turn that are answered, the last ones."""

MOST = 1_000
"""Traces, runs and entities of a session, each."""

_TURNS_AT_MOST = 500
_BEFORE = 5
_MODELS_SHOWN = 10
_KEY = (int, str)
_TURN_KEY = (int, str, str)
_TOP: tuple[int, str] = (MAX_NS, "~")


def sessions(
    database: Database,
    node: Node,
    range_: TimeRange,
    *,
    limit: int,
    cursor: str | None = None,
    question: str = "",
) -> AiSessionPage:
    """A page of the sessions with a call that matches, by their last one in the range, newest first.

    Raises:
        SearchSyntaxError: the search names what spans do not have.
        BadRequest: the cursor is not one of this question.
    """
    question = f"ai sessions\n{question}"
    range_ = ending_now(range_)
    after: tuple[int | str, ...] = _TOP
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_, after = found.range, found.key
    wanted = calls_that_match(database, node, range_)
    answer = _summaries(database, wanted, "1", {"last": after[0], "last_id": after[1], "limit": limit + 1})
    following = None
    if len(answer) > limit:
        answer = answer[:limit]
        last_ns, last = answer[-1]
        following = cursors.encode(Cursor(range_, (last_ns, last["sessionId"])), question)
    return {"sessions": [each for _, each in answer], "nextCursor": following, "prices": price_data()}


def _summaries(
    database: Database, found: Calls, which: str, params: dict[str, object]
) -> list[tuple[int, AiSession]]:
    """Sessions with the time of their last call, the newest first."""
    rows = database.query(
        statement("ai_sessions", spans=found.sql, class_=CLASS, wanted=f"{COUNTED} AND {which}"),
        {**found.params, **class_params(found.range), **params},
        settings=found.settings,
    ).rows
    prices = Prices()
    answer: list[tuple[int, AiSession]] = []
    for session_id, first, last, traces, user, models, classes in rows:
        total = Sum()
        for each in classes:
            of, rest = each[:6], each[6:]
            total.add(of[0], cost_of(of, rest, prices)[0], rest)
        answer.append(
            (
                last,
                {
                    **total.figures,
                    "sessionId": session_id,
                    "startedAt": iso(first),
                    "endedAt": iso(last),
                    "userId": user,
                    "models": models[:_MODELS_SHOWN],
                    "traceCount": traces,
                },
            )
        )
    return answer


def get(database: Database, session_id: str, *, limit: int, cursor: str | None = None) -> AiConversation:
    """A session, and a page of its turns. Raises NotFound; BadRequest for a cursor of another one."""
    question = f"ai session\n{session_id}"
    limit = min(limit, _TURNS_AT_MOST)
    own = Condition("Conversation = {session_id:String}", {"session_id": session_id})
    first, last, *_ = database.query(statement("ai_session_time"), own.params).one()
    if not first:
        raise _unknown(session_id)
    found = calls_in(database, own, TimeRange(first, min(MAX_NS, last + 1)))
    known = _summaries(database, found, "1", {"last": MAX_NS, "last_id": "~", "limit": 1})
    if not known:
        raise _unknown(session_id)
    after: tuple[int | str, ...] = (MIN_NS, "", "")
    if cursor is not None:
        after = cursors.decode(cursor, question, _TURN_KEY).key
    turns, following = _turns(database, found, after, limit)
    next_cursor = None
    if following is not None:
        next_cursor = cursors.encode(Cursor(found.range, following), question)
    places: dict[str, object] = {**own.params, **found.range.params, "limit": MOST}
    runs, traces = database.query(
        statement("ai_session_places", spans=found.sql), places, settings=found.settings
    ).one()
    entities: list[SessionEntity] = [
        {"type": kind, "id": entity_id}
        for kind, entity_id in database.query(
            statement("surrounding_entities"),
            {"runs": runs, "traces": traces, "limit": MOST},
        ).rows
    ]
    return {
        **known[0][1],
        "runIds": runs,
        "traceIds": traces,
        "entities": entities,
        "about": _about(database, session_id, traces, first, last),
        "turns": turns,
        "nextCursor": next_cursor,
        "prices": price_data(),
    }


def _about(
    database: Database, session_id: str, trace_ids: Sequence[str], first_ns: int, last_ns: int
) -> Surroundings:
    """What its traces belong to besides; what calls a model began before, and goes on after the call."""
    since, until = max(MIN_NS, first_ns - HOUR_NS), min(MAX_NS, last_ns + HOUR_NS)
    found = surroundings.of_traces(database, trace_ids, since, until)
    whole = surroundings.together(found, trace_ids)
    whole.conversations.pop(session_id, None)
    whole.sessions.pop(session_id, None)
    return whole.answer()


def _unknown(session_id: str) -> NotFound:
    shown = session_id if len(session_id) <= 100 else f"{session_id[:100]}…"
    return NotFound(
        f"no AI call of the session {shown} is stored",
        hint="a call belongs to the session that its span names (gen_ai.conversation.id, session.id), and is "
        "kept as long as other spans; the list of sessions has those there are",
    )


def _turns(
    database: Database, found: Calls, after: tuple[int | str, ...], limit: int
) -> tuple[list[AiTurn], tuple[int | str, ...] | None]:
    """The calls and tools after a place, and the place after which the next page begins."""

    def read(direction: str, compare: str, most: int) -> list[Any]:
        return database.query(
            statement(
                "ai_turns",
                spans=found.sql,
                class_=CLASS,
                wanted=COUNTED,
                compare=compare,
                direction=direction,
            ),
            {
                **found.params,
                **class_params(found.range),
                "place": after[0],
                "place_trace": after[1],
                "place_span": after[2],
                "limit": most,
            },
            settings=found.settings,
        ).rows

    rows = read("ASC", ">", limit + 1)
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = _place(rows[-1])
    before = list(reversed(read("DESC", "<=", _BEFORE))) if after[1] else []
    said = spoken(database, [Turn(*_place(row), row[8], row[30] == "tool") for row in (*before, *rows)])
    # What was said up to here, as the calls before the page tell it.
    told = _Told()
    for row, messages in zip(before, said, strict=False):
        if row[30] != "tool":
            told.new_of(messages)
    turns: list[AiTurn] = []
    prices = Prices()
    for row, messages in zip(rows, said[len(before) :], strict=True):
        kind, tool = row[30], row[31]
        new, repeated = (messages, 0) if kind == "tool" else told.new_of(messages)
        turns.append(
            {
                **call(row, prices),
                "kind": kind,
                "tool": tool,
                "messages": [_message(each) for each in new[-MOST_MESSAGES:]],
                "repeatedMessages": repeated + max(0, len(new) - MOST_MESSAGES),
            }
        )
    return turns, following


def _place(row: Sequence[Any]) -> tuple[int, str, str]:
    """When a turn began, its trace and its span."""
    return row[7], row[9], row[10]


class _Told:
    """What was said so far, by the calls that told it: each tells all that was before it again."""

    def __init__(self) -> None:
        self._transcripts: list[list[tuple[object, ...]]] = []

    def new_of(self, messages: list[Message]) -> tuple[list[Message], int]:
        """Of the messages of a call those that no call before has told, and how many others there are."""
        digests = [each.digest for each in messages]
        known = 0
        for before in reversed(self._transcripts):
            same = _common(before, digests)
            if before and before[-1] in digests[:-1]:
                # Older messages may have been cut or summed up meanwhile: the last answer is where to go on.
                same = max(same, len(digests) - digests[::-1].index(before[-1]))
            known = max(known, same)
        # An answer is new, also where it says what one before said.
        known = min(known, sum(not each.is_answer for each in messages))
        self._transcripts = [*self._transcripts, digests][-20:]
        return messages[known:], known


def _common(one: list[tuple[object, ...]], other: list[tuple[object, ...]]) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _message(message: Message) -> AiMessage:
    return {
        "role": message.role[:100],
        "isAnswer": message.is_answer,
        "finish": message.finish[:100],
        "parts": [
            {
                "kind": part.kind,
                "text": part.text[:MAX_PART],
                "name": part.name[:200],
                "id": part.id[:200],
                "cutChars": max(0, len(part.text) - MAX_PART),
            }
            for part in message.parts[:MOST_MESSAGES]
        ],
    }
