"""What a server's refusal means: the error of `sonde.errors` that has its code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from sonde.errors import (
    DecodeError,
    Forbidden,
    MethodNotAllowed,
    Overloaded,
    RequestTimeout,
    SearchSyntaxError,
    ServerRefused,
    SondeError,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
)

# OTLP answers `google.rpc.Status`, which bears no code of ours.
_BY_STATUS: Final[dict[int, type[SondeError]]] = {
    kind.http_status: kind
    for kind in (
        DecodeError,
        Unauthenticated,
        Forbidden,
        MethodNotAllowed,
        RequestTimeout,
        TooLarge,
        UnsupportedMediaType,
        Overloaded,
    )
}


def refusal(status: int, body: bytes, retry_after_s: int | None = None) -> SondeError:
    """The error that an answer of the server describes; ServerRefused for what has no class of its own."""
    try:
        answer: Any = json.loads(body)
        error = answer.get("error")
        if isinstance(error, dict):
            return _named(status, error, retry_after_s)
        message = str(answer["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        text = body[:200].decode("utf-8", "replace").strip() or "nothing"
        return ServerRefused(
            f"the server answered {status}: {text}",
            hint="is this the address of a Sonde server?",
            status=status,
        )
    kind = _BY_STATUS.get(status)
    return _finished(kind(message), retry_after_s) if kind else ServerRefused(message, status=status)


def _named(status: int, error: dict[str, Any], retry_after_s: int | None) -> SondeError:
    code, message = str(error.get("code", "")), str(error.get("message", ""))
    hint = str(error.get("hint") or "")
    kind = _BY_CODE.get(code)
    if kind is None:
        return ServerRefused(message, hint=hint, answer=code, status=status)
    if kind is Unauthenticated:
        hint = "pass api_key or set SONDE_API_KEY; `sonde keys create` makes a key"
    found = kind(message, hint=hint)
    if isinstance(found, SearchSyntaxError):
        found.position = int(error.get("position") or 0)
    return _finished(found, retry_after_s)


def _finished(error: SondeError, retry_after_s: int | None) -> SondeError:
    if isinstance(error, Overloaded) and retry_after_s is not None:
        error.retry_after_s = retry_after_s
    return error


def _kinds(above: type[SondeError]) -> Iterator[type[SondeError]]:
    for kind in above.__subclasses__():
        yield kind
        yield from _kinds(kind)


_BY_CODE: Final = {
    kind.code: kind
    for kind in _kinds(SondeError)
    if kind.__module__ == SondeError.__module__ and kind is not ServerRefused
}
