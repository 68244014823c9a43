"""Attributes that everything below inherits: spans, logs and events of this process and, for the
names in `CARRIED`, of every process called from here.

They lie in the OpenTelemetry context, so they follow it wherever it goes; the carried ones are
baggage as well. What arrives in baggage is taken only for the names in `CARRIED`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast
from urllib.parse import quote_plus

from opentelemetry import baggage
from opentelemetry.context import Context, create_key, get_value, set_value
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk.values import acceptable, text

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

_IDS: Final = frozenset({semconv.CORRELATION_ID, semconv.RUN_ID, semconv.ORCHESTRATION_ID})

NAME_CHARS: Final = 256
"""Of the name of a job, a phase or an event."""

# OpenTelemetry leaves out a member of baggage that has more than 4096 bytes with its name, percent-encoded;
# no character takes more than twelve of them.
_CARRIED_BYTES: Final = 4_000
_BYTES_OF_A_CHARACTER: Final = 12
_DIGEST_CHARS: Final = 16

_KEY: Final = create_key("sonde-inherited")
_NONE: Final[Mapping[str, AttributeValue]] = MappingProxyType({})


class _Inherited(dict[str, AttributeValue]):
    """What a context holds: the attributes, and those that may change while it is in use.

    `live` is one object for every context below the block that made it: what is put there shows at once
    in all of them, in every thread and task. Empty until something changes.
    """

    __slots__ = ("live",)

    def __init__(self, attributes: Mapping[str, AttributeValue], live: dict[str, AttributeValue]) -> None:
        super().__init__(attributes)
        self.live = live


def inherited_attributes(context: Context | None = None) -> Mapping[str, AttributeValue]:
    """What a span or log made in `context` (default: the current one) inherits. Not to be changed."""
    found = cast(_Inherited | None, get_value(_KEY, context))
    if found is None:
        return _NONE
    return {**found, **found.live} if found.live else found


def inherit(
    attributes: Mapping[str, object],
    context: Context | None = None,
    *,
    live: dict[str, AttributeValue] | None = None,
) -> Context:
    """A context (from `context`, default: the current one) below which `attributes` are inherited.

    A name that is inherited already gets the new value; None takes it away. Any value will do: it becomes
    acceptable, that of a name in `CARRIED` also short, as it is sent with every message. `live` holds
    attributes that the caller changes later (a phase); they win over what was inherited when the context was
    made.
    """
    attributes = {name: None if value is None else _fit(name, value) for name, value in attributes.items()}
    above = cast(_Inherited | None, get_value(_KEY, context))
    if live is None:
        live = above.live if above is not None and above.live.keys().isdisjoint(attributes) else {}
    merged = {**inherited_attributes(context), **attributes}
    kept = {name: value for name, value in merged.items() if value is not None}
    made = set_value(_KEY, _Inherited(kept, live), context)
    for name, value in attributes.items():
        if name in CARRIED and value is None:
            made = baggage.remove_baggage(name, made)
        elif name in CARRIED:
            made = baggage.set_baggage(name, str(value), made)
    return made


def refreshed(context: Context | None = None) -> Context | None:
    """`context` with what has changed since it was made in its baggage as well; to be injected."""
    found = cast(_Inherited | None, get_value(_KEY, context))
    if found is None or not found.live:
        return context
    for name, value in found.live.items():
        if name in CARRIED:
            context = baggage.set_baggage(name, str(value), context)
    return context


def adopt(context: Context) -> Context:
    """`context`, as extracted from a message, with the carried names of its baggage inherited."""
    arrived = baggage.get_all(context)
    if not arrived:
        return context
    found: dict[str, AttributeValue] = {}
    for name in CARRIED & arrived.keys():
        value = _fit(name, arrived[name])
        if value:
            found[name] = value
    if not found:
        return context
    return set_value(_KEY, _Inherited({**inherited_attributes(context), **found}, {}), context)


def _fit(name: str, value: object) -> AttributeValue | None:
    if name not in CARRIED or type(value) in (int, float, bool):
        return acceptable(value)
    if name == semconv.RUN_URL:
        return _address(value)
    return identifier(value, semconv.MAX_ENTITY_ID_CHARS if name in _IDS else NAME_CHARS) or None


def identifier(value: object, max_chars: int = semconv.MAX_ENTITY_ID_CHARS) -> str:
    """An id that a program gave or sent: whole, with all its characters, so that no two become one.

    Where it has more than `max_chars` characters or more than 4000 bytes percent-encoded, which is how it
    travels, or cannot be encoded (lone surrogates), it is its beginning, `~` and 16 digits of its SHA-256.
    Empty where no character of it can be seen. Never raises.
    """
    whole = value if type(value) is str else text(value, sys.maxsize)
    if not any(each != " " and each.isprintable() for each in whole):
        return ""
    kept = whole if whole.isascii() else text(whole, sys.maxsize)
    if kept == whole and len(whole) <= max_chars and _travels(whole, _CARRIED_BYTES):
        return whole
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]
    kept = kept[: max_chars - _DIGEST_CHARS - 1]
    while not _travels(kept, _CARRIED_BYTES - _DIGEST_CHARS - 1):
        kept = kept[: len(kept) * 9 // 10]
    return f"{kept}~{digest}"


def _travels(value: str, max_bytes: int) -> bool:
    return len(value) * _BYTES_OF_A_CHARACTER <= max_bytes or len(quote_plus(value)) <= max_bytes


def _address(value: object) -> str | None:
    """The address of a page; None for one that is too long: cut, it would lead elsewhere."""
    whole = (value if type(value) is str else text(value)).strip()
    if len(whole) > semconv.MAX_RUN_URL_CHARS:
        return None
    return "".join(filter(str.isprintable, whole)).strip() or None
