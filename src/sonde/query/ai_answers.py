"""The shapes of the answers about AI calls."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sonde.query.run_answers import Surroundings


class AiTokens(TypedDict):
    """Tokens of one call or of many, and what they cost.

    `inputTokens` has what was read from a cache (`cachedTokens`) and written to one (`cacheWriteTokens`) in
    it, each once, whatever the provider counts apart; `outputTokens` has those of reasoning in it. `costUsd`
    is by the prices of now; of a model without a price it is what the calls themselves say, else null.
    """

    inputTokens: int
    cachedTokens: int
    cacheWriteTokens: int
    outputTokens: int
    reasoningTokens: int
    costUsd: float | None


class AiFigures(AiTokens):
    """Calls, weighted by sampling. `unpricedCalls`: those that have tokens and no cost."""

    calls: int
    errors: int
    unpricedCalls: int


class AiUsageRow(AiFigures):
    """What has one value of the dimension; `value` is "" where a call does not say. `providers`: of whom."""

    value: str
    providers: list[str]
    lastSeen: str


class UnknownModel(TypedDict):
    """A model that the prices do not know."""

    provider: str
    model: str
    calls: int
    inputTokens: int
    outputTokens: int


class PriceData(TypedDict):
    """The prices: the package, its version, and the day from which its newest price holds."""

    package: str
    version: str
    date: str


class AiUsage(TypedDict):
    """Usage by a dimension, the dearest first, then by tokens; `total` is of all rows, shown or not.

    By entity a call stands at each it touched, so that rows add up to more. `rowCount`: how many rows there
    are. `cut`: there are so many that small ones were left out of everything. `exact` as in ServiceList.
    """

    by: str
    rows: list[AiUsageRow]
    rowCount: int
    total: AiFigures
    unknownModels: list[UnknownModel]
    prices: PriceData
    cut: bool
    exact: bool


class AiSeries(TypedDict):
    """Usage over time: `ms` are the starts of steps, every other list has a number for each."""

    stepMs: int
    ms: list[int]
    calls: list[int]
    errors: list[int]
    inputTokens: list[int]
    cachedTokens: list[int]
    outputTokens: list[int]
    costUsd: list[float]
    exact: bool


class AiCall(AiTokens):
    """One call that has ended. `status`: `error` if it failed, else what its span says, `success` where that
    is nothing. `truncated`: the model stopped for want of tokens; `finish`: its word for why it stopped.
    """

    traceId: str
    spanId: str
    startedAt: str
    startUnixNs: str
    durationNs: int
    durationMs: float
    firstTokenMs: float | None
    status: str
    message: str
    errorType: str
    operation: str
    provider: str
    model: str
    service: str
    component: str
    sessionId: str
    userId: str
    runId: str
    finish: str
    truncated: bool


class AiCallList(TypedDict):
    """Calls in the order asked for."""

    calls: list[AiCall]
    prices: PriceData
    exact: bool


class AiSession(AiFigures):
    """A session at a glance, as far as it lies in the range of time."""

    sessionId: str
    startedAt: str
    endedAt: str
    userId: str
    models: list[str]
    traceCount: int


class AiSessionPage(TypedDict):
    """Sessions by their last call within the range, newest first."""

    sessions: list[AiSession]
    nextCursor: str | None
    prices: PriceData


class AiPart(TypedDict):
    """A piece of a message: `kind` is text, reasoning, call, result, media, json or broken (a text that
    should be JSON and is not); `cutChars` are left out."""

    kind: str
    text: str
    name: str
    id: str
    cutChars: int


class AiMessage(TypedDict):
    """What was said. `isAnswer`: by the model, in this call."""

    role: str
    isAnswer: bool
    finish: str
    parts: list[AiPart]


class AiTurn(AiCall):
    """A call or a tool (`kind`), and what was said in it that was not said before in the session.

    `repeatedMessages`: so many messages before them told the session so far again.
    """

    kind: str
    tool: str
    messages: list[AiMessage]
    repeatedMessages: int


class SessionEntity(TypedDict):
    """A business object that a run or trace of the session touched."""

    type: str
    id: str


class AiConversation(AiSession):
    """A session whole, and a page of its turns in the order they began.

    `about`: what the spans of its traces belong to besides.
    """

    runIds: list[str]
    traceIds: list[str]
    entities: list[SessionEntity]
    about: Surroundings
    turns: list[AiTurn]
    nextCursor: str | None
    prices: PriceData
