"""The spans of Socket.IO, and how a method of python-socketio is wrapped in one."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from functools import wraps
from types import TracebackType
from typing import Any, Final, cast

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, SpanKind

from sonde import semconv
from sonde.sdk import code, current
from sonde.sdk.complaints import complain
from sonde.sdk.context import extract
from sonde.sdk.spans import Block

SIZE: Final = "messaging.message.body.size"
SID: Final = "socketio.sid"
ACK: Final = "socketio.ack"
ACK_WAIT_MS: Final = "socketio.ack.wait_ms"
DISCONNECT_REASON: Final = "socketio.disconnect.reason"

# Within `call()`, whose span is that of the emit as well.
_calling: Final[ContextVar[bool]] = ContextVar("sonde_socketio_calling", default=False)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A block to run a method in, with the arguments for it."""

    block: AbstractContextManager[object]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict[str, Any])


def around(original: Callable[..., Any], prepare: Callable[..., Prepared]) -> Callable[..., Any]:
    """`original`, run as `prepare` says for its arguments; as it was where that fails.

    Synchronous or not as `original` is. Its exceptions go on unchanged.
    """

    def prepared(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Prepared:
        try:
            return prepare(*args, **kwargs)
        except Exception as error:
            name = getattr(original, "__qualname__", repr(original))
            complain("cannot trace %s of Socket.IO", name, error=error)
            return Prepared(nullcontext(), args, kwargs)

    if inspect.iscoroutinefunction(original):

        @wraps(original)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            ready = prepared(args, kwargs)
            with ready.block:
                return await original(*ready.args, **ready.kwargs)

        return asynchronous

    @wraps(original)
    def synchronous(*args: Any, **kwargs: Any) -> Any:
        ready = prepared(args, kwargs)
        with ready.block:
            return original(*ready.args, **ready.kwargs)

    return synchronous


def replace(owner: object, name: str, prepare: Callable[..., Prepared]) -> None:
    """Put a wrapped method in the place of `owner`'s own; said once where it has none of that name."""
    original = cast(Callable[..., Any] | None, getattr(owner, name, None))
    if original is None:
        complain("python-socketio has changed: %s has no %s to trace", type(owner).__name__, name)
        return
    setattr(owner, name, around(original, prepare))


def emission(event: object, namespace: str | None, room: object) -> Block:
    """The span of an emit."""
    return Block(f"emit {event}", _sent(event, namespace, room), SpanKind.PRODUCER, (), False, None, None)


class Calling(Block):
    """The span of an emit that waits for its acknowledgement."""

    def __init__(self, event: object, namespace: str | None, room: object) -> None:
        attributes = {**_sent(event, namespace, room), ACK: True}
        super().__init__(f"call {event}", attributes, SpanKind.CLIENT, (), False, None, None)
        self._within: Token[bool] | None = None

    def __enter__(self) -> Calling:
        self._within = _calling.set(True)
        super().__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if self._within is not None:
            _calling.reset(self._within)
        super().__exit__(exc_type, exc_val, exc_tb)


def is_calling() -> bool:
    """Whether an emit is part of a `call`."""
    return _calling.get()


def acknowledged(
    callback: Callable[..., Any], event: object, namespace: str | None, emit: Block
) -> Callable[..., Any]:
    """A callback for an acknowledgement that runs in a span below that of its emit, which begins now, with
    all that is inherited here; the span tells how long the acknowledgement took."""
    started, context = time.perf_counter(), current.now()

    def prepare(*args: Any, **kwargs: Any) -> Prepared:
        wait_ms = (time.perf_counter() - started) * 1000
        attributes = {**_event(event, namespace), ACK_WAIT_MS: round(wait_ms, 3)}
        parent, place = trace.set_span_in_context(emit.underlying, context), code.of_function(callback)
        block = Block(f"ack {event}", attributes, SpanKind.CONSUMER, (), False, parent, place)
        return Prepared(block, args, kwargs)

    return around(callback, prepare)


def reception(
    peer: Any,
    event: object,
    namespace: str,
    carrier: Mapping[str, str] | None,
    connection: SpanContext | None,
    attributes: Mapping[str, object],
) -> Block:
    """The span of a received event, in the trace that its message brought; without one in a new trace,
    linked to its connection."""
    handler, is_named = handler_of(peer, event, namespace)
    parent = extract(carrier, Context()) if carrier else Context()
    brought = trace.get_current_span(parent).get_span_context().is_valid
    links = [connection] if connection is not None and connection.is_valid and not brought else []
    return Block(
        # A client may send any event: only names that the program knows make a name of a span.
        f"receive {event}" if is_named else "receive",
        {**_event(event, namespace), "messaging.operation.type": "process", **attributes},
        SpanKind.CONSUMER,
        links,
        False,
        parent,
        place_of(handler, peer),
    )


def handler_of(peer: Any, event: object, namespace: str) -> tuple[Callable[..., Any] | None, bool]:
    """What of a server or client handles an event, and whether it does so by the event's name."""
    for space in (namespace, "*"):
        handlers: Mapping[object, Callable[..., Any]] = peer.handlers.get(space) or {}
        if event in handlers:
            return handlers[event], True
        if "*" in handlers:
            return handlers["*"], False
    owner = peer.namespace_handlers.get(namespace) or peer.namespace_handlers.get("*")
    method = getattr(owner, f"on_{event}", None)
    return method, method is not None


def place_of(handler: Callable[..., Any] | None, peer: object) -> code.Place:
    """Where a handler stands; the kind of server or client where there is none."""
    place = code.of_function(handler) if handler is not None else {}
    return place or {semconv.CODE_FUNCTION_NAME: f"socketio.{type(peer).__qualname__}"}


def _event(event: object, namespace: str | None) -> dict[str, object]:
    return {
        semconv.SOCKETIO_EVENT: str(event),
        semconv.SOCKETIO_NAMESPACE: namespace or "/",
        "messaging.system": "socketio",
    }


def _sent(event: object, namespace: str | None, room: object) -> dict[str, object]:
    attributes = {**_event(event, namespace), "messaging.operation.type": "send"}
    if room is not None:
        attributes[semconv.SOCKETIO_ROOM] = room if isinstance(room, list | tuple) else str(room)
    return attributes
