"""Beside sentry-sdk: its OpenTelemetry integrations put their propagator in the place of whatever is there,
before `configure()` or after it, and the older of them a provider that comes too late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from opentelemetry import propagate
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import (
    CarrierT,
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import TracerProvider as ApiTracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sonde.sdk.context import propagator
from sonde.sdk.propagation import AdoptingPropagator

_BAGGAGE: Final = "baggage"


def keep_propagating(provider: ApiTracerProvider) -> None:
    """Have trace context and baggage propagated, also if Sentry has put its own propagator in their place.

    Sentry's older integration gets the spans of `provider`, which took the place that it wanted.
    """
    found = propagate.get_global_textmap()
    if isinstance(found, AdoptingPropagator):
        return
    if type(found).__module__.startswith("sentry_sdk."):
        propagate.set_global_textmap(
            Together([TraceContextTextMapPropagator(), W3CBaggagePropagator(), found])
        )
        if type(found).__name__ == "SentryPropagator" and isinstance(provider, TracerProvider):
            _join_sentry(provider)
    propagate.set_global_textmap(propagator())


def _join_sentry(provider: TracerProvider) -> None:
    from sentry_sdk.integrations.opentelemetry.span_processor import SentrySpanProcessor

    processors: Any = getattr(provider, "_active_span_processor", None)
    # There is one of it in a process; where Sentry came first, it is in the provider already.
    processor = SentrySpanProcessor()
    if not any(each is processor for each in getattr(processors, "_span_processors", ())):
        provider.add_span_processor(processor)


class Together(TextMapPropagator):
    """Several propagators, which all may write baggage; OpenTelemetry's composite keeps the last one's."""

    def __init__(self, propagators: Sequence[TextMapPropagator]) -> None:
        self._propagators = propagators

    def extract(
        self, carrier: CarrierT, context: Context | None = None, getter: Getter[CarrierT] = default_getter
    ) -> Context:
        """Extract with each; what comes first is the parent, if there is one in it."""
        made = Context() if context is None else context
        for each in reversed(self._propagators):
            made = each.extract(carrier, made, getter)
        return made

    def inject(
        self, carrier: CarrierT, context: Context | None = None, setter: Setter[CarrierT] = default_setter
    ) -> None:
        """Inject with each."""
        joining = _JoiningSetter(setter)
        for each in self._propagators:
            each.inject(carrier, context, joining)

    @property
    def fields(self) -> set[str]:
        """The headers of all."""
        return set[str]().union(*(each.fields for each in self._propagators))


class _JoiningSetter(Setter[Any]):
    def __init__(self, setter: Setter[Any]) -> None:
        self._setter = setter
        self._baggage = ""

    def set(self, carrier: Any, key: str, value: str) -> None:
        if key.lower() == _BAGGAGE:
            value = self._baggage = f"{self._baggage},{value}" if self._baggage else value
        self._setter.set(carrier, key, value)
