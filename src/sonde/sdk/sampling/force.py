"""Force that what is done here is kept, whatever the ratio says."""

from __future__ import annotations

from contextvars import Token
from types import TracebackType
from typing import Final

from opentelemetry.context import Context, create_key, get_value, set_value

from sonde.sdk.current import enter, leave, now

_KEY: Final = create_key("sonde-force-sample")


def forced(context: Context | None = None) -> Context:
    """A context (from `context`, default: the current one) below which every span is kept, with weight 1."""
    return set_value(_KEY, True, now() if context is None else context)


def is_forced(context: Context | None = None) -> bool:
    """Whether spans that begin in `context` (default: the current one) are kept in any case."""
    return get_value(_KEY, context) is True


class _Forcing:
    """The block of `with force_sample():`."""

    __slots__ = ("_entered", "_token")

    def __init__(self) -> None:
        self._entered: Context | None = None
        self._token: Token[Context] | None = None

    def __enter__(self) -> None:
        self._entered = forced()
        self._token = enter(self._entered)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is not None and self._entered is not None:
            leave(self._token, self._entered)


def force_sample() -> _Forcing:
    """Keep every span that begins inside the `with` block, here and in the processes it calls.

    Spans above that have begun already follow the ratio; the kept ones have weight 1.
    """
    return _Forcing()
