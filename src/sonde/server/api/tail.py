"""`GET /api/v1/tail`: records as they are accepted, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from sonde.decode import Signal
from sonde.query import logs
from sonde.query.search import predicate
from sonde.server.api.following import Follower
from sonde.server.api.parameters import SearchOf
from sonde.server.dependencies import IdentityOf, LiveOf, require
from sonde.server.live import Subscription

router = APIRouter(prefix="/api/v1", tags=["tail"], dependencies=[require("read")])

# Proxies and browsers give up a connection on which nothing comes; a line that begins with a colon is a
# comment.
_QUIET_S = 15
_COMMENT = b": nothing new\n\n"


class Followed(StrEnum):
    """What can be followed."""

    SPANS = "spans"
    LOGS = "logs"
    EVENTS = "events"


@router.get("/tail", response_class=StreamingResponse)
async def tail(
    live: LiveOf,
    identity: IdentityOf,
    node: SearchOf,
    signal: Annotated[Followed, Query(description="What to follow.")] = Followed.SPANS,
) -> StreamingResponse:
    """Records that match the search, from now on, one a message, before they are stored.

    A message is the JSON of a span or log record. A message of type `dropped` says how many batches were
    left out because this client read too slowly: `{"batches": 3}`.
    """
    spans = signal is Followed.SPANS
    if signal is Followed.EVENTS:
        node = logs.of(node, events=True)
    follower = Follower("spans" if spans else "logs", predicate(node, "spans" if spans else "logs"))
    subscription = live.subscribe(identity.tenant, Signal.TRACES if spans else Signal.LOGS)
    return StreamingResponse(
        _messages(subscription, follower),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
    )


async def _messages(subscription: Subscription, follower: Follower) -> AsyncIterator[bytes]:
    with subscription:
        yield b": following\n\n"
        while True:
            batch = await subscription.next(timeout_s=_QUIET_S)
            if batch is None:
                if subscription.closed:
                    return
                yield _COMMENT
                continue
            if batch.dropped:
                yield b"event: dropped\ndata: " + orjson.dumps({"batches": batch.dropped}) + b"\n\n"
            found = await run_in_threadpool(follower.found, batch)
            if found:
                yield b"".join(b"data: " + orjson.dumps(record) + b"\n\n" for record in found)
