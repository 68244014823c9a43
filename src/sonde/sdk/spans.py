"""Spans, by block and by decorator, and events.

The block is written by hand where OpenTelemetry's is made of two generators: entering and leaving it is most
of what a span costs beside the span itself (see bench).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextvars import Token
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar, cast, overload

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Link, Span, SpanContext, SpanKind

from sonde.sdk import code, current, exceptions, runtime
from sonde.sdk.blocks import AlsoAsync
from sonde.sdk.complaints import complain
from sonde.sdk.generators import in_scope
from sonde.sdk.inherited import inherited_attributes
from sonde.sdk.live import LiveSpan
from sonde.sdk.values import MAX_NAME_CHARS, acceptable_attributes, merged, text

P = ParamSpec("P")
R = TypeVar("R")
Linked = Link | SpanContext | Span

_SPAN_KEY: Final = current.SPAN_KEY


class Block(AlsoAsync, LiveSpan):
    """`with sonde.span(...) as span`: begins when it is entered, ends when it is left; `async with` alike."""

    __slots__ = (
        "_attributes",
        "_entered",
        "_kind",
        "_links",
        "_name",
        "_open",
        "_parent",
        "_place",
        "_span",
        "_token",
    )

    def __init__(
        self,
        name: str,
        attributes: Mapping[str, object],
        kind: SpanKind,
        links: Sequence[Linked],
        open: bool,
        parent: Context | None,
        place: code.Place | None,
    ) -> None:
        self._name = name
        self._attributes = attributes
        self._kind = kind
        self._links = links
        self._open = open
        self._parent = parent
        self._place = place
        self._span = INVALID_SPAN
        self._token: Token[Context] | None = None

    def begin(self) -> Context:
        """Start the span; the context in which it is the current one. Never raises."""
        parent = self._parent
        if parent is None:
            parent = current.now()
        try:
            used = runtime.in_use()
            if used is runtime.SILENT:
                return parent
            attributes = acceptable_attributes(self._attributes)
            name = self._name
            if type(name) is not str or len(name) > MAX_NAME_CHARS or not name.isascii():
                name = text(name, MAX_NAME_CHARS)
            if used is not None:
                tracer = used.tracer
            else:
                tracer = runtime.tracer()
                attributes = {**inherited_attributes(parent), **attributes}
            self._span = span = tracer.start_span(name, parent, self._kind, attributes, _links(self._links))
            if (used is None or used.code_places) and span.is_recording():
                code.mark(span, self._place or code.caller(2))
            if self._open and span.is_recording():
                runtime.announce(span)
        except Exception as error:  # the program's sampler, id generator or span processor
            complain("cannot start a span", error=error)
        return Context({**parent, _SPAN_KEY: self._span})

    def finish(self, error: BaseException | None) -> None:
        """End the span; an `error` that is a failure makes it a failed one. Never raises."""
        try:
            if error is not None and exceptions.is_failure(error):
                self.fail(error)
            self._span.end()
        except Exception as trouble:
            complain("cannot end a span", error=trouble)

    def __enter__(self) -> Self:
        self._entered = self.begin()
        self._token = current.enter(self._entered)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        token, self._token = self._token, None
        if token is not None:
            current.leave(token, self._entered)
            self.finish(exc_val)


def span(
    name: str,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    _kind: SpanKind = SpanKind.INTERNAL,
    _links: Sequence[Linked] = (),
    _open: bool = False,
    _parent: Context | None = None,
    **attrs: object,
) -> Block:
    """A span around a block: `with sonde.span("orders.load", customer=7) as span`.

    Attributes may have any value. `_open` writes the span at its start already, so that a long one is seen
    while it runs. `_parent` is a context to take the place of the current one (see `sonde.extract`). An
    exception that leaves the block makes the span a failed one and goes on unchanged; so does `sys.exit` with
    another code than 0. What ends the block from outside (a cancelled task, Ctrl-C) is no failure of it.
    """
    return Block(name, merged(attributes, attrs), _kind, _links, _open, _parent, None)


@overload
def traced(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def traced(
    name: str | None = None,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    open: bool = False,
    kind: SpanKind = SpanKind.INTERNAL,
    record_arguments: bool = False,
    **attrs: object,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def traced(
    name: Any = None,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    open: bool = False,
    kind: SpanKind = SpanKind.INTERNAL,
    record_arguments: bool = False,
    **attrs: object,
) -> Any:
    """A span around every call: `@traced`, `@traced("orders.load", team="shop")`.

    For functions, methods, class and static methods, coroutines, generators and async generators; the span of
    a generator begins with its first step and ends with its last, and is current within its steps alone. The
    name is the function's qualified one if none is given. `record_arguments` sets an attribute for every
    argument; `open` and `kind` are as for `sonde.span`.
    """
    if name is not None and not isinstance(name, str):
        return _traced(name, None, _NO_ATTRIBUTES, open, kind, record_arguments)
    every = merged(attributes, attrs)

    def decorate(function: Any) -> Any:
        return _traced(function, name, every, open, kind, record_arguments)

    return decorate


def current_span() -> LiveSpan:
    """The span that is under way here, whoever made it; one that records nothing where there is none."""
    return LiveSpan(trace.get_current_span(current.now()))


_NO_ATTRIBUTES: Final[Mapping[str, object]] = {}


def _traced(
    function: Any,
    name: str | None,
    attributes: Mapping[str, object],
    open: bool,
    kind: SpanKind,
    arguments: bool,
) -> Any:
    if isinstance(function, staticmethod | classmethod):
        inner = cast(Any, function).__func__
        return type(cast(Any, function))(_traced(inner, name, attributes, open, kind, arguments))
    if not callable(function) or inspect.isclass(function):
        complain("@traced is for functions and methods; left as it is: %r", function)
        return function
    named = function
    while isinstance(named, functools.partial):
        named = cast(Any, named).func
    shown = name or getattr(named, "__qualname__", type(named).__qualname__).rpartition("<locals>.")[2]
    place = code.of_function(named)
    signature = _signature(function) if arguments else None

    def block(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Block:
        found = attributes if signature is None else {**_arguments(signature, args, kwargs), **attributes}
        return Block(shown, found, kind, (), open, None, place)

    return in_scope(function, block)


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return None


def _arguments(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Mapping[str, object]:
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError:  # the call is about to fail with the same words
        return _NO_ATTRIBUTES
    return {name: value for name, value in bound.items() if name not in ("self", "cls")}


def _links(linked: Sequence[Linked]) -> Sequence[Link]:
    if not linked:
        return ()
    made: list[Link] = []
    for each in linked:
        context = each.get_span_context() if isinstance(each, Span) else each
        if isinstance(context, Link):
            made.append(context)
        elif isinstance(cast(object, context), SpanContext):
            made.append(Link(context))
        else:
            complain("a span is linked to a span, a SpanContext or a Link; left out: %r", each)
    return made
