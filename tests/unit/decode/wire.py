"""Protobuf written by hand, for bytes that no library writes."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """A base-128 varint."""
    written = b""
    while number > 127:
        written += bytes([number & 127 | 128])
        number >>= 7
    return written + bytes([number])


def message(field: int, content: bytes) -> bytes:
    """A length-delimited field."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def number(field: int, value: int) -> bytes:
    """A varint field."""
    return varint(field << 3) + varint(value)


def span_request(span_fields: bytes) -> bytes:
    """A request with one span that has good ids and these fields besides."""
    ids = message(1, b"\x01" * 16) + message(2, b"\x02" * 8)
    return message(1, message(2, message(2, ids + span_fields)))


def attribute(value: bytes) -> bytes:
    """The attribute `k` of a span, its AnyValue already encoded."""
    return message(9, message(1, b"k") + message(2, value))


def nested_arrays(depth: int) -> bytes:
    """An AnyValue: "x" in as many arrays."""
    parts = [message(1, b"x")]
    size = len(parts[0])
    for _ in range(depth):
        # Written from the inside out: only the headers, each of the size so far.
        inner = varint(1 << 3 | 2) + varint(size)
        size += len(inner)
        outer = varint(5 << 3 | 2) + varint(size)
        size += len(outer)
        parts += [inner, outer]
    return b"".join(reversed(parts))
