"""Protobuf's wire format: numbers of variable length, texts and messages with their length before them."""

from __future__ import annotations

from typing import Final

# Short texts come again and again, as names do; so many are remembered, of at most so many characters.
_REMEMBERED: Final = 512
_REMEMBERED_CHARS: Final = 64

_ONE_BYTE: Final = [bytes((number,)) for number in range(128)]
_texts: Final[dict[str, bytes]] = {}


def varint(number: int) -> bytes:
    """A number from 0 to 2**64 - 1."""
    if number < 128:
        return _ONE_BYTE[number]
    if number < 16384:
        return bytes((number & 127 | 128, number >> 7))
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    made.append(number)
    return bytes(made)


def signed(number: int) -> bytes:
    """A field of type `int64` or `int32`: negative numbers are those of 64 bits with the highest one set."""
    return varint(number if number >= 0 else number + (1 << 64))


def zigzag(number: int) -> bytes:
    """A field of type `sint32`."""
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def delimited(body: bytes) -> bytes:
    """A message or bytes with their length before them."""
    return varint(len(body)) + body


def text(value: str) -> bytes:
    """Text with its length before it. What cannot be sent, lone surrogates, become question marks."""
    known = _texts.get(value)
    if known is not None:
        return known
    made = delimited(utf8(value))
    if len(value) <= _REMEMBERED_CHARS:
        if len(_texts) >= _REMEMBERED:
            _texts.clear()
        _texts[value] = made
    return made


def utf8(value: str) -> bytes:
    """Text in UTF-8, which it always becomes."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        return value.encode(errors="replace")
