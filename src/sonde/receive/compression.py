"""Content encodings: gzip, deflate, zstd. The limit holds while decompressing, so a bomb costs no memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import zstandard

from sonde.errors import DecodeError, TooLarge, UnsupportedMediaType

GZIP_WBITS = 31
ZLIB_WBITS = 15
RAW_WBITS = -15

# A zstd block of 4 bytes may stand for 128 KiB. The library offers no output limit a call, so its input is
# handed over in pieces: what a piece can grow to is the most that is ever held beyond the limit.
ZSTD_PIECE_BYTES = 512
ZSTD_MAX_WINDOW_BYTES = 32 * 1024 * 1024

# Every further member copies what is left, so a body made of nothing but members would take minutes.
MAX_MEMBERS = 256


def decompress(encoding: str, body: bytes, limit_bytes: int) -> bytes:
    """The body without its content encoding (the value of `Content-Encoding`; empty or `identity`: as it is).

    Raises UnsupportedMediaType for another encoding, TooLarge when more than `limit_bytes` would
    come out, DecodeError when the data is damaged, ends early or is followed by something else.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    try:
        decoder = _DECODERS[name]
    except KeyError:
        raise UnsupportedMediaType(
            f"cannot decode content encoding {encoding!r}", hint="gzip, deflate, zstd or identity"
        ) from None
    try:
        return decoder(body, limit_bytes)
    except (zlib.error, zstandard.ZstdError) as error:
        raise DecodeError(f"cannot decompress {name}: {error}") from None


def too_large(limit_bytes: int) -> TooLarge:
    """The error for a request over the limit."""
    return TooLarge(
        f"cannot take a request over {limit_bytes / 1024 / 1024:g} MiB after decompression",
        hint="send smaller batches, or raise receive.max_request_mb",
    )


def _gzip(body: bytes, limit: int) -> bytes:
    """RFC 1952, section 2.2: one or more members, one after another."""
    out, rest = _inflate(body, limit, GZIP_WBITS)
    if not rest:
        return out
    parts, size = [out], len(out)
    while rest:
        if len(parts) == MAX_MEMBERS:
            raise DecodeError(f"cannot decompress gzip: more than {MAX_MEMBERS} members")
        out, rest = _inflate(rest, limit - size, GZIP_WBITS)
        parts.append(out)
        size += len(out)
    return b"".join(parts)


def _deflate(body: bytes, limit: int) -> bytes:
    """RFC 9110, section 8.4.1.2: the zlib format; some senders leave out its header (RFC 1951 alone)."""
    zlib_header = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    out, rest = _inflate(body, limit, ZLIB_WBITS if zlib_header else RAW_WBITS)
    if rest:
        raise DecodeError("cannot decompress deflate: something follows its end")
    return out


def _inflate(body: bytes, limit: int, wbits: int) -> tuple[bytes, bytes]:
    """One stream and what follows it."""
    stream = zlib.decompressobj(wbits)
    out = stream.decompress(body, limit + 1)  # never 0, which would mean no limit
    if len(out) > limit:
        raise too_large(limit)
    if not stream.eof:
        raise DecodeError("cannot decompress: the data ends early")
    return out, stream.unused_data


def _zstd(body: bytes, limit: int) -> bytes:
    """RFC 8878: one or more frames, one after another."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_MAX_WINDOW_BYTES)
    rest = memoryview(body)
    parts: list[bytes] = []
    size = 0
    for _ in range(MAX_MEMBERS):
        stream = decompressor.decompressobj()
        position = 0
        while not stream.eof:
            piece = rest[position : position + ZSTD_PIECE_BYTES]
            if not piece:
                raise DecodeError("cannot decompress: the data ends early")
            position += len(piece)
            out = stream.decompress(piece)
            size += len(out)
            if size > limit:
                raise too_large(limit)
            parts.append(out)
        rest = rest[position - len(stream.unused_data) :]
        if not rest:
            return b"".join(parts)
    raise DecodeError(f"cannot decompress zstd: more than {MAX_MEMBERS} frames")


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}
