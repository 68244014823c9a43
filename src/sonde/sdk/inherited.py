"""Attributes that everything below inherits: spans, logs and events of this process and, for the
names in `CARRIED`, of every process called from here.

They lie in the OpenTelemetry context, so they follow it wherever it goes; the carried ones are
baggage as well. What arrives in baggage is taken only for the names in `CARRIED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast

from opentelemetry import baggage
from opentelemetry.context import Context, create_key, get_value, set_value
from opentelemetry.util.types import AttributeValue

from sonde import semconv

CARRIED: Final = frozenset(
    {
        semconv.CORRELATION_ID,
        semconv.RUN_ID,
        semconv.RUN_URL,
        semconv.RUN_JOB,
        semconv.RUN_ATTEMPT,
        semconv.ORCHESTRATION_ID,
        semconv.PHASE,
        semconv.TRIGGER_EVENT,
    }
)

_KEY: Final = create_key("sonde-inherited")
_NONE: Final[Mapping[str, AttributeValue]] = MappingProxyType({})


def inherited_attributes(context: Context | None = None) -> Mapping[str, AttributeValue]:
    """What a span or log made in `context` (default: the current one) inherits. Not to be changed."""
    return cast(Mapping[str, AttributeValue], get_value(_KEY, context) or _NONE)


def inherit(attributes: Mapping[str, AttributeValue], context: Context | None = None) -> Context:
    """A context (from `context`, default: the current one) below which `attributes` are inherited.

    A name that is inherited already gets the new value.
    """
    made = set_value(_KEY, {**inherited_attributes(context), **attributes}, context)
    for name, value in attributes.items():
        if name in CARRIED:
            made = baggage.set_baggage(name, str(value), made)
    return made


def adopt(context: Context) -> Context:
    """`context`, as extracted from a message, with the carried names of its baggage inherited."""
    found = {name: str(value) for name, value in baggage.get_all(context).items() if name in CARRIED}
    return set_value(_KEY, {**inherited_attributes(context), **found}, context) if found else context
