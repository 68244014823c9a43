"""Context in messages: reading and writing the headers that carry it, in whatever form a program holds
them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast
from urllib.parse import unquote_plus

from opentelemetry import baggage
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import (
    CarrierT,
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)

from sonde import semconv
from sonde.sdk.inherited import CARRIED, adopt, identifier, inherit, refreshed

# The first that a request has is taken; both spellings because a plain dictionary tells them apart.
CORRELATION_HEADERS: Final = ("x-correlation-id", "X-Correlation-ID", "x-request-id", "X-Request-ID")
_BAGGAGE: Final = "baggage"


class AdoptingPropagator(TextMapPropagator):
    """Another propagator (`inner`) that also makes what arrives in baggage inherited, and a request's own id
    its correlation id where baggage brings none.
    """

    def __init__(self, inner: TextMapPropagator) -> None:
        self.inner = inner

    def extract(
        self, carrier: CarrierT, context: Context | None = None, getter: Getter[CarrierT] = default_getter
    ) -> Context:
        extracted = adopt(_exact(self.inner.extract(carrier, context, getter), getter.get(carrier, _BAGGAGE)))
        if baggage.get_baggage(semconv.CORRELATION_ID, extracted):
            return extracted
        for name in CORRELATION_HEADERS:
            found = getter.get(carrier, name)
            correlation_id = identifier(found[0].strip()) if found else ""
            if correlation_id:
                return inherit({semconv.CORRELATION_ID: correlation_id}, extracted)
        return extracted

    def inject(
        self, carrier: CarrierT, context: Context | None = None, setter: Setter[CarrierT] = default_setter
    ) -> None:
        self.inner.inject(carrier, refreshed(context), setter)

    @property
    def fields(self) -> set[str]:
        return self.inner.fields


def _exact(context: Context, headers: Iterable[str] | None) -> Context:
    """`context`, as extracted from these headers of baggage, with the whitespace around the values of carried
    names: OpenTelemetry takes it off, and `a ` would be the same id as `a`.
    """
    header = next(iter(headers), "") if headers else ""
    if "%" not in header and "+" not in header:
        return context
    for member in header.split(","):
        name, _, value = member.partition("=")
        name = name.strip(" \t")
        if name in CARRIED:
            whole, taken = unquote_plus(value.strip(" \t")), baggage.get_baggage(name, context)
            if whole != taken and whole.strip() == taken:
                context = baggage.set_baggage(name, whole, context)
    return context


class HeaderGetter(Getter[Mapping[str, list[str]]]):
    """Reads what `headers_of` has made."""

    def get(self, carrier: Mapping[str, list[str]], key: str) -> list[str] | None:
        return carrier.get(key.lower())

    def keys(self, carrier: Mapping[str, list[str]]) -> list[str]:
        return list(carrier)


def headers_of(carrier: object) -> Mapping[str, list[str]]:
    """The headers in `carrier`, names in lower case with hyphens.

    `carrier` is a mapping (also of bytes, also a WSGI environ or the environment of a process), an iterable
    of pairs (as ASGI has it, texts or bytes), or anything else with `items()`. What is neither text nor bytes
    is left out.
    """
    items = getattr(carrier, "items", None)
    pairs = cast(Iterable[Any], items() if callable(items) else carrier)
    headers: dict[str, list[str]] = {}
    for pair in pairs:
        name, value = (_text(each) for each in cast(tuple[object, object], pair))
        if name is not None and value is not None:
            headers.setdefault(name.lower().replace("_", "-").removeprefix("http-"), []).append(value)
    return headers


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, list | tuple) and value:
        return _text(cast(list[object], value)[0])
    return None


class CarrierSetter(Setter[Any]):
    """Writes to a mapping or to a list of pairs, in bytes where the carrier holds bytes."""

    def set(self, carrier: Any, key: str, value: str) -> None:
        if isinstance(carrier, list):
            pairs = cast(list[tuple[Any, Any]], carrier)
            in_bytes = bool(pairs) and isinstance(pairs[0][0], bytes)
            pairs[:] = [pair for pair in pairs if _text(pair[0]) != key]
            pairs.append((key.encode(), value.encode()) if in_bytes else (key, value))
        elif any(isinstance(name, bytes) for name in carrier):
            carrier[key.encode()] = value.encode()
        else:
            carrier[key] = value
