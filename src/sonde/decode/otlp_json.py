"""OTLP's JSON encoding into its protobuf encoding, once, so that both take the same path.

Source: OTLP specification, "JSON Protobuf Encoding", and the ProtoJSON format it refers to. Read as they
say: trace and span ids in hex of any case, other bytes in base64, 64-bit integers as string or number,
field names in lowerCamelCase or as in the .proto files, `null` as absent, unknown fields ignored. Enums are
integers; their names are accepted as well, as the Collector does.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from sonde.decode import descriptor
from sonde.decode.signals import Signal
from sonde.errors import DecodeError, TooLarge

_DEPTH_LIMIT: Final = 100
"""Messages within messages, as in protobuf itself."""

_VALUE_LIMIT: Final = 4_000_000
"""Values a body may hold: each costs up to some hundred bytes of memory, and as few as two to send."""

_HEX_FIELDS: Final = frozenset({"trace_id", "span_id", "parent_span_id"})
_RANGES: Final = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_INTEGER: Final = re.compile(r"-?[0-9]{1,20}")
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SPECIAL_DOUBLES: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_SHOWN_CHARACTERS: Final = 40
_SHOWN_PATH: Final = 200

Reader = Callable[[Any, int], Any]


def json_to_protobuf(signal: Signal, body: bytes) -> bytes:
    """The protobuf encoding of an export request in JSON.

    Raises DecodeError, which says where (`resourceSpans[0].scopeSpans[0].spans[2].kind`), and TooLarge for
    a body of over four million values.
    """
    if sum(map(body.count, (b"{", b"[", b","))) > _VALUE_LIMIT:
        raise TooLarge(f"cannot take {signal} request of over {_VALUE_LIMIT} JSON values")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"cannot decode {signal} request as JSON: {error}") from None
    message_class = descriptor.message_class(signal)
    try:
        fields = _message(message_class.DESCRIPTOR)(document, 1)
    except _RefusedError as refused:
        raise DecodeError(
            f"cannot decode {signal} request as JSON: {refused.place()}{refused.reason}"
        ) from None
    return message_class(**fields).SerializeToString()


class _RefusedError(Exception):
    """A value that is not allowed; the place is added on the way up."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: list[str] = []

    def place(self) -> str:
        path = "".join(reversed(self.steps)).removeprefix(".")
        if len(path) > _SHOWN_PATH:
            path = f"{path[:_SHOWN_PATH]}..."
        return f"{path}: " if path else ""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    oneof: str | None
    repeated: bool
    read: Reader


@cache
def _message(message: Descriptor) -> Reader:
    fields: dict[str, _Field] = {}

    def read(value: Any, depth: int) -> dict[str, Any]:
        if not fields:
            # Filled at first use, for messages refer to themselves.
            fields.update(_fields(message))
        if depth > _DEPTH_LIMIT:
            raise _RefusedError(f"nested deeper than {_DEPTH_LIMIT} messages")
        if not isinstance(value, dict):
            raise _RefusedError(f"expected an object, got {_shown(value)}")
        read_fields: dict[str, Any] = {}
        oneofs: set[str] = set()
        for key, content in cast("dict[str, Any]", value).items():
            field = fields.get(key)
            if field is None or content is None:
                continue
            if field.oneof is not None:
                if field.oneof in oneofs:
                    raise _RefusedError(f"more than one {field.oneof} is given")
                oneofs.add(field.oneof)
            try:
                read_fields[field.name] = (
                    _list(field.read, content, depth) if field.repeated else field.read(content, depth)
                )
            except _RefusedError as refused:
                refused.steps.append(f".{key}")
                raise
        return read_fields

    return read


def _list(read: Reader, content: Any, depth: int) -> list[Any]:
    if not isinstance(content, list):
        raise _RefusedError(f"expected an array, got {_shown(content)}")
    elements: list[Any] = []
    for element in cast("list[Any]", content):
        try:
            elements.append(read(element, depth))
        except _RefusedError as refused:
            refused.steps.append(f"[{len(elements)}]")
            raise
    return elements


def _fields(message: Descriptor) -> dict[str, _Field]:
    fields: dict[str, _Field] = {}
    for declared in message.fields:
        oneof = declared.containing_oneof
        field = _Field(
            name=declared.name,
            oneof=None if oneof is None else oneof.name,
            repeated=declared.is_repeated,
            read=_reader(declared),
        )
        fields[declared.name] = field
        fields[declared.json_name] = field
    return fields


def _reader(field: FieldDescriptor) -> Reader:
    match field.type:
        case FieldDescriptor.TYPE_MESSAGE:
            read = _message(field.message_type)
            return lambda value, depth: read(value, depth + 1)
        case FieldDescriptor.TYPE_STRING:
            return _string
        case FieldDescriptor.TYPE_BYTES:
            return _hex if field.name in _HEX_FIELDS else _base64
        case FieldDescriptor.TYPE_BOOL:
            return _bool
        case FieldDescriptor.TYPE_DOUBLE:
            return _double
        case FieldDescriptor.TYPE_ENUM:
            return _enum({value.name: value.number for value in cast("Any", field.enum_type).values})
        case _:
            return _integer(*_RANGES[field.cpp_type])


def _string(value: Any, _depth: int) -> str:
    if not isinstance(value, str):
        raise _RefusedError(f"expected a string, got {_shown(value)}")
    return value


def _hex(value: Any, depth: int) -> bytes:
    try:
        return binascii.unhexlify(_string(value, depth))
    except ValueError:
        raise _RefusedError(f"expected hex digits, got {_shown(value)}") from None


def _base64(value: Any, depth: int) -> bytes:
    text = _string(value, depth).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise _RefusedError(f"expected base64, got {_shown(value)}") from None


def _bool(value: Any, _depth: int) -> bool:
    if not isinstance(value, bool):
        raise _RefusedError(f"expected true or false, got {_shown(value)}")
    return value


def _double(value: Any, _depth: int) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        if value in _SPECIAL_DOUBLES:
            return _SPECIAL_DOUBLES[value]
        if _DECIMAL.fullmatch(value) and math.isfinite(number := float(value)):
            return number
    raise _RefusedError(f"expected a number, got {_shown(value)}")


def _is_integer(value: Any) -> bool:
    match value:
        case bool():
            return False
        case int():
            return True
        case float():
            return value.is_integer()
        case str():
            return _INTEGER.fullmatch(value) is not None
        case _:
            return False


def _integer(least: int, most: int) -> Reader:
    def read(value: Any, _depth: int) -> int:
        if not _is_integer(value):
            raise _RefusedError(f"expected an integer, got {_shown(value)}")
        number = int(value)
        if not least <= number <= most:
            raise _RefusedError(f"expected an integer from {least} to {most}, got {_shown(value)}")
        return number

    return read


def _enum(numbers: dict[str, int]) -> Reader:
    read_number = _integer(*_RANGES[FieldDescriptor.CPPTYPE_INT32])

    def read(value: Any, depth: int) -> int:
        if isinstance(value, str) and value in numbers:
            return numbers[value]
        return read_number(value, depth)

    return read


def _shown(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
