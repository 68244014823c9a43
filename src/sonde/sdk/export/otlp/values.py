"""Values of attributes and bodies: the messages `AnyValue` and `KeyValue`."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from sonde.sdk.complaints import complain
from sonde.sdk.export.otlp.wire import delimited, signed, text, utf8, varint

# Attributes with short texts come again and again: so many are remembered, of at most so many characters.
_REMEMBERED: Final = 512
_REMEMBERED_CHARS: Final = 64

_DOUBLE: Final = struct.Struct("<Bd")
_DOUBLE_TAG: Final = 0x21
_INT64: Final = 1 << 63

_known: Final[dict[tuple[str, str], bytes]] = {}


def any_value(value: object) -> bytes:
    """The body of an `AnyValue`. Raises TypeError for what has no form in OTLP."""
    if isinstance(value, str):
        encoded = utf8(value)
        return b"\x0a" + varint(len(encoded)) + encoded
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        # Longer ones are text rather than nothing.
        return b"\x18" + signed(value) if -_INT64 <= value < _INT64 else b"\x0a" + text(str(value))
    if isinstance(value, float):
        return _DOUBLE.pack(_DOUBLE_TAG, value)
    if value is None:
        return b""
    if isinstance(value, bytes):
        return b"\x3a" + delimited(value)
    if isinstance(value, Sequence):
        items = [b"\x0a" + delimited(any_value(item)) for item in cast(Sequence[object], value)]
        return b"\x2a" + delimited(b"".join(items))
    if isinstance(value, Mapping):
        pairs = cast(Mapping[object, object], value).items()
        items = [b"\x0a" + key_value(str(name), item) for name, item in pairs]
        return b"\x32" + delimited(b"".join(items))
    raise TypeError(f"no form for {type(value).__name__}")


def key_value(name: str, value: object) -> bytes:
    """A `KeyValue` with its length before it. Raises TypeError for a value that has no form in OTLP."""
    body = any_value(value)
    return delimited(b"\x0a" + text(name) + b"\x12" + varint(len(body)) + body)


def add_attributes(parts: list[bytes], tag: bytes, attributes: Mapping[str, Any]) -> None:
    """Add every attribute to the parts of a message, whose field for them is `tag`.

    One that has no form in OTLP is left out and said once.
    """
    for name, value in attributes.items():
        if value.__class__ is str:
            known = _known.get((name, value))
            if known is None:
                known = key_value(name, value)
                if len(value) <= _REMEMBERED_CHARS:
                    if len(_known) >= _REMEMBERED:
                        _known.clear()
                    _known[name, value] = known
            parts += (tag, known)
            continue
        try:
            parts += (tag, key_value(name, value))
        except Exception as error:
            complain("cannot encode an attribute: %s", error, error=error)
