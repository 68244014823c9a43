"""Attribute values: anything a program has at hand becomes what OpenTelemetry accepts, of bounded size.

Text, numbers and booleans stay as they are, and a mapping of nothing else is handed back uncopied: that
is every span, so it costs nothing. What is nested becomes JSON text, an object its `repr`. Nothing here
raises, whatever a value's own methods do.
"""

from __future__ import annotations

import json
from base64 import b64encode
from codecs import getincrementaldecoder
from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import islice
from numbers import Integral, Rational, Real
from typing import Any, Final, cast

from opentelemetry.util.types import AttributeValue

from sonde.sdk.complaints import complain
from sonde.sdk.snapshots import MARK, snapshot

# OpenTelemetry keeps 128 attributes of a span and throws the oldest out for the next. What is inherited, the
# place in the code and the error need room as well.
MAX_ATTRIBUTES: Final = 112
MAX_CHARS: Final = 65_536
MAX_ITEMS: Final = 1_000
MAX_NAME_CHARS: Final = 256

# Of bytes that many are looked at: a character takes four at most.
_MAX_BYTES: Final = 4 * MAX_CHARS
_PLAIN: Final = frozenset({str, bool, int, float})

# Integers of OTLP have 64 bits.
_INT_MIN: Final = -(2**63)
_INT_MAX: Final = 2**63 - 1


def acceptable(value: Any) -> AttributeValue:
    """`value` as an attribute may have it. Never raises.

    Text keeps its first `MAX_CHARS` characters and a mark that says how many there were; lone surrogates
    become `?`. An integer of more than 64 bits becomes text, bytes their UTF-8 text, else base64; a date or
    time ISO 8601. A list or tuple of texts, of numbers or of booleans stays an array of up to `MAX_ITEMS`
    items; anything else nested becomes JSON text (see `snapshots`), None the text `null`.
    """
    kind = type(value)
    if kind is str:
        return text(value)
    if kind is bool or kind is float:
        return value
    if kind is int:
        return _integer(value)
    try:
        return _other(value)
    except Exception as error:  # a __repr__, an __iter__, a property of the program's may raise anything
        return f"<{kind.__name__}: {type(error).__name__}>"


def text(value: object, max_chars: int = MAX_CHARS) -> str:
    """`value` as text that can be encoded, of at most `max_chars` characters and a mark. Never raises."""
    if type(value) is not str:
        try:
            value = str.__str__(value) if isinstance(value, str) else str(value)
        except Exception as error:
            value = f"<{type(value).__name__}: {type(error).__name__}>"
    if len(value) > max_chars:
        value = f"{value[:max_chars]}{MARK} ({len(value)} characters)"
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def acceptable_attributes(attributes: Mapping[str, Any]) -> Mapping[str, AttributeValue]:
    """`attributes` as a span, event or log may have them; the same object when nothing is to be changed.

    A name whose value is None is left out. Of more than `MAX_ATTRIBUTES` the first are kept, which is said
    once.
    """
    if type(attributes) is not dict or len(attributes) > MAX_ATTRIBUTES:
        return _cleaned(attributes)
    for name, value in attributes.items():
        kind = type(value)
        if kind is str:
            if len(value) > MAX_CHARS or not value.isascii():
                return _cleaned(attributes)
        elif kind is int:
            if not _INT_MIN <= value <= _INT_MAX:
                return _cleaned(attributes)
        elif kind is not bool and kind is not float:
            return _cleaned(attributes)
        if type(name) is not str or not name.isascii() or not 0 < len(name) <= MAX_NAME_CHARS:
            return _cleaned(attributes)
    return attributes


def merged(attributes: Mapping[str, object] | None, attrs: dict[str, object]) -> Mapping[str, object]:
    """`attributes` with `attrs` over them; what is no mapping is left out."""
    if not attributes:
        return attrs
    try:
        return {**attributes, **attrs}
    except Exception as error:
        complain("attributes that are no mapping are left out: %s", type(attributes), error=error)
        return attrs


def _cleaned(attributes: Mapping[str, object]) -> dict[str, AttributeValue]:
    made: dict[str, AttributeValue] = {}
    try:
        for name, value in list(islice(attributes.items(), MAX_ATTRIBUTES + 1)):
            if len(made) == MAX_ATTRIBUTES:
                complain("more than %d attributes at once: only the first are kept", MAX_ATTRIBUTES)
                break
            if value is not None:
                made[text(name, MAX_NAME_CHARS) or "unnamed"] = acceptable(value)
    except Exception as error:
        complain("attributes that cannot be read are left out: %s", type(attributes), error=error)
    return made


def _integer(value: int) -> AttributeValue:
    if _INT_MIN <= value <= _INT_MAX:
        return value
    # Python refuses to write integers of more than some thousand decimal digits, never hexadecimal ones.
    return str(value) if value.bit_length() <= 4_096 else text(hex(value))


def _other(value: object) -> AttributeValue:
    if isinstance(value, Enum):
        return acceptable(cast(object, value.value))
    if isinstance(value, str):
        return text(value)
    # Also the numbers of NumPy; fractions and decimals keep their exact text.
    if isinstance(value, Integral):
        return _integer(int(value))
    if isinstance(value, Real) and not isinstance(value, Rational):
        return float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _octets(bytes(value[:_MAX_BYTES]), len(value))
    if isinstance(value, list | tuple):
        array = _array(cast(Sequence[object], value))
        if array is not None:
            return array
    shown = snapshot(value, MAX_CHARS)
    # What stands for an object as a whole is no JSON: the text within the quotes.
    return json.loads(shown) if shown.startswith('"') else shown


def _array(items: Sequence[object]) -> AttributeValue | None:
    """What OpenTelemetry takes as an array, which is of one type, if it is small enough; else None."""
    if len(items) > MAX_ITEMS:
        return None
    kept = tuple(acceptable(each) if type(each) in _PLAIN else each for each in items)
    kinds = {type(each) for each in kept}
    if len(kinds) > 1 or not kinds <= _PLAIN:
        return None
    if str in kinds and sum(map(len, cast(tuple[str, ...], kept))) > MAX_CHARS:
        return None
    return cast(AttributeValue, kept)


def _octets(octets: bytes, size_bytes: int) -> str:
    """The text that the bytes are in UTF-8, else their base64."""
    whole = len(octets) == size_bytes
    try:
        shown = getincrementaldecoder("utf-8")().decode(octets, whole)
    except UnicodeDecodeError:
        shown = b64encode(octets).decode()
    if whole and len(shown) <= MAX_CHARS:
        return shown
    return f"{shown[:MAX_CHARS]}{MARK} ({size_bytes} bytes)"
