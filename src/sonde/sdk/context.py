"""Correlation ids, and context carried by hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar, overload

from opentelemetry import propagate
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import TextMapPropagator

from sonde import semconv
from sonde.sdk import current
from sonde.sdk.blocks import AlsoAsync
from sonde.sdk.complaints import complain
from sonde.sdk.generators import in_scope
from sonde.sdk.inherited import identifier, inherit
from sonde.sdk.propagation import AdoptingPropagator, CarrierSetter, HeaderGetter, headers_of

P = ParamSpec("P")
R = TypeVar("R")

_GETTER: Final = HeaderGetter()
_SETTER: Final = CarrierSetter()


def propagator() -> TextMapPropagator:
    """The program's propagator (`OTEL_PROPAGATORS`, else trace context and baggage), adopting what arrives.

    Given to OpenTelemetry by `configure()`. Asked again, it gives back the same one.
    """
    found = propagate.get_global_textmap()
    return found if isinstance(found, AdoptingPropagator) else AdoptingPropagator(found)


class Correlation(AlsoAsync):
    """`with sonde.correlation("corr_abc") as correlation_id:`, or above a function."""

    def __init__(self, correlation_id: str | None) -> None:
        self._given = correlation_id
        self._entered = current.Entered()
        self.correlation_id = correlation_id or ""

    def begin(self) -> Context:
        """The context in which the id is inherited; without a given one, with a new id each time."""
        self.correlation_id = self._given or new_correlation_id()
        return inherit({semconv.CORRELATION_ID: self.correlation_id}, current.now())

    def finish(self, error: BaseException | None) -> None:
        """Nothing: a correlation id has no end."""

    def __enter__(self) -> str:
        self._entered.enter(self.begin())
        return self.correlation_id

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self._entered.leave()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        return in_scope(function, lambda args, kwargs: Correlation(self._given))


@overload
def correlation(correlation_id: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def correlation(correlation_id: str | None = None, /) -> Correlation: ...
def correlation(correlation_id: Any = None, /) -> Any:
    """Put `correlation.id` on every span, log and event below, and in what is called from there.

    A context manager that gives the id, and a decorator: `with sonde.correlation("corr_abc")`,
    `@sonde.correlation()`. Without an id a new one is made, in a decorator at every call. An id of more
    than 1000 characters keeps its beginning and ends with a digest.
    """
    if correlation_id is not None and callable(correlation_id):
        return Correlation(None)(correlation_id)
    return Correlation(None if correlation_id is None else identifier(correlation_id) or None)


def new_correlation_id() -> str:
    """An id that no one has had: `corr_` and 16 hexadecimal digits."""
    return f"corr_{os.urandom(8).hex()}"


class ExtractedContext(AlsoAsync, Context):
    """A context that can be entered: `with sonde.extract(headers):`."""

    def __init__(self, context: Mapping[str, object]) -> None:
        super().__init__(context)
        self._entered = current.Entered()

    def __enter__(self) -> Self:
        self._entered.enter(Context(self))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self._entered.leave()


def extract(carrier: object, context: Context | None = None) -> ExtractedContext:
    """The context that a message brought, on top of `context` (default: the current one).

    `carrier`: headers as a dictionary, as pairs, in texts or bytes, a WSGI environ. To be entered
    (`with sonde.extract(headers): …`) or handed on (`sonde.span("x", _parent=…)`, OpenTelemetry's `attach`).
    What cannot be read brings nothing, and that is said once.
    """
    base = current.now() if context is None else context
    try:
        return ExtractedContext(propagator().extract(headers_of(carrier), base, _GETTER))
    except Exception as error:
        complain("cannot read a context from %s", type(carrier), error=error)
        return ExtractedContext(base)


def inject(carrier: Any, context: Context | None = None) -> None:
    """Write the current context (or `context`) into `carrier`, a mapping or a list of pairs.

    What cannot be written to is left as it is, and that is said once.
    """
    try:
        propagator().inject(carrier, current.now() if context is None else context, _SETTER)
    except Exception as error:
        complain("cannot write the context to %s", type(carrier), error=error)
