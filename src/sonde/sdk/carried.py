"""A context on its way into another thread or process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry.context import Context
from opentelemetry.util.types import AttributeValue

from sonde.sdk import current
from sonde.sdk.context import extract, inject
from sonde.sdk.inherited import inherit, inherited_attributes

Handover = tuple[Mapping[str, str], Mapping[str, AttributeValue]]


class Carried:
    """A function to be called in `context`, wherever it is called.

    Pickled, it takes along what another process can know of the context: the span's ids, baggage, and what is
    inherited.
    """

    __slots__ = ("_context", "_function")

    def __init__(self, context: Context, function: Callable[..., Any]) -> None:
        self._context = context
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        token = current.enter(self._context)
        try:
            return self._function(*args, **kwargs)
        finally:
            current.leave(token, self._context)

    def __reduce__(self) -> tuple[Callable[..., Carried], tuple[Handover, Callable[..., Any]]]:
        return _carried, (_handover(self._context), self._function)


class Arriving:
    """Something whose unpickling makes `context` the current one of the process that unpickles it."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def __reduce__(self) -> tuple[Callable[[Handover], None], tuple[Handover]]:
        return _arrive, (_handover(self._context),)


def _handover(context: Context) -> Handover:
    headers: dict[str, str] = {}
    inject(headers, context)
    return headers, dict(inherited_attributes(context))


def _taken(handover: Handover) -> Context:
    headers, inherited = handover
    context: Context = extract(headers, Context())
    return inherit(inherited, context) if inherited else context


def _carried(handover: Handover, function: Callable[..., Any]) -> Carried:
    return Carried(_taken(handover), function)


def _arrive(handover: Handover) -> None:
    current.enter(_taken(handover))
