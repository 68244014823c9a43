"""Attribute values: anything a program has at hand becomes what OpenTelemetry accepts, of bounded size.

Text, numbers and booleans stay as they are, and a mapping of nothing else is handed back uncopied: that
is every span, so it costs nothing. What is nested becomes JSON text, an object its `repr`. Nothing here
raises, whatever a value's own methods do.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from enum import Enum
from itertools import islice
from typing import Final, cast

from opentelemetry.util.types import AttributeValue

from sonde.sdk.complaints import complain
from sonde.sdk.snapshots import MARK, snapshot

# OpenTelemetry keeps 128 attributes of a span and throws the oldest out for the next. What is inherited, the
# place in the code and the error need room as well.
MAX_ATTRIBUTES: Final = 112
MAX_CHARS: Final = 65_536
MAX_ITEMS: Final = 1_000
MAX_NAME_CHARS: Final = 256

# Integers of OTLP have 64 bits.
_INT_MIN: Final = -(2**63)
_INT_MAX: Final = 2**63 - 1


def acceptable(value: object) -> AttributeValue:
    """`value` as an attribute may have it. Never raises.

    Text keeps its first `MAX_CHARS` characters and a mark that says how many there were; lone surrogates become `?`.
    An integer of more than 64 bits becomes text, bytes their UTF-8 text, else base64; a date or time ISO 8601.
    A list or tuple of texts, of numbers or of booleans stays an array of up to `MAX_ITEMS` items; anything else
    nested becomes JSON text (see `snapshots`), None the text `null`.
    """
    kind = type(value)
    if kind is str:
        return text(cast(str, value))
    if kind is bool or kind is float:
        return cast(float, value)
    if kind is int:
        return _integer(cast(int, value))
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


def acceptable_attributes(attributes: Mapping[str, object]) -> Mapping[str, AttributeValue]:
    """`attributes` as a span, event or log may have them; the same object when nothing is to be changed.

    A name whose value is None is left out. Of more than `MAX_ATTRIBUTES` the first are kept; that is said once.
    """
    if type(attributes) is not dict or len(attributes) > MAX_ATTRIBUTES:
        return _cleaned(attributes)
    for name, value in attributes.items():
        kind = type(value)
        if kind is str:
            if len(cast(str, value)) > MAX_CHARS or not cast(str, value).isascii():
                return _cleaned(attributes)
        elif kind is int:
            if not _INT_MIN <= cast(int, value) <= _INT_MAX:
                return _cleaned(attributes)
        elif kind is not bool and kind is not float:
            return _cleaned(attributes)
        if type(name) is not str or not name.isascii() or not 0 < len(name) <= MAX_NAME_CHARS:
            return _cleaned(attributes)
    return cast(dict[str, AttributeValue], attributes)


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
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, float):
        return float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _octets(bytes(value[: MAX_CHARS * 4]), len(value))
    if isinstance(value, list | tuple):
        items = cast(list[object] | tuple[object, ...], value)
        if len(items) <= MAX_ITEMS and len({type(each) for each in items}) == 1:
            kept = tuple(acceptable(each) for each in items)
            if type(kept[0]) in (str, int, float, bool) and len({type(each) for each in kept}) == 1:
                return cast(AttributeValue, kept)
    return _unquoted(snapshot(value, MAX_CHARS), value)


def _octets(octets: bytes, size_bytes: int) -> str:
    """The text that the bytes are in UTF-8, else their base64."""
    try:
        return text(octets.decode())
    except UnicodeDecodeError:
        shown = b64encode(octets[: MAX_CHARS // 4 * 3]).decode()
        return shown if size_bytes * 4 <= MAX_CHARS * 3 else f"{shown}{MARK} ({size_bytes} bytes)"


def _unquoted(json_text: str, value: object) -> str:
    """What stands for an object alone is no JSON: the text within the quotes."""
    if not json_text.startswith('"'):
        return json_text
    import json  # only objects and dates come here

    return text(json.loads(json_text)) if not isinstance(value, Mapping) else json_text
