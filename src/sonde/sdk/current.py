"""The current context: what is entered, and how it is left wherever that happens.

OpenTelemetry's own `detach` logs an error when a generator is closed in another task than the one it was
started in; `leave` knows what to do there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token
from typing import Final, cast

from opentelemetry import trace
from opentelemetry.context import Context, attach, create_key, detach, get_current
from opentelemetry.trace import Span

# The key under which OpenTelemetry keeps the current span; it has no public name.
SPAN_KEY: Final = next(iter(trace.set_span_in_context(trace.INVALID_SPAN, Context())))
_OPENED_KEY: Final = create_key("sonde-opened")


def _variable() -> ContextVar[Context] | None:
    token = cast(object, attach(get_current()))
    if isinstance(token, Token):
        variable = cast(Token[Context], token).var
        variable.reset(cast(Token[Context], token))
        return variable
    detach(cast(Token[Context], token))
    return None


# OpenTelemetry keeps its context in a context variable unless OTEL_PYTHON_CONTEXT says otherwise. Asking the
# variable itself, and not through two functions, takes three hundredths off the price of a span.
_VARIABLE: Final = _variable()
read: Final[Callable[[], Context]] = get_current if _VARIABLE is None else _VARIABLE.get
enter: Final[Callable[[Context], Token[Context]]] = attach if _VARIABLE is None else _VARIABLE.set


class Opened:
    """A span that was made current without a block, and what is current again once it has ended."""

    __slots__ = ("below", "ended", "outer", "span")

    def __init__(self, span: Span, context: Context) -> None:
        self.span = span
        self.ended = False
        self.outer = context.get(SPAN_KEY)
        self.below = cast(Opened | None, context.get(_OPENED_KEY))


def now() -> Context:
    """The current context; a span in it that was opened without a block and has ended is gone."""
    context = read()
    opened = cast(Opened | None, context.get(_OPENED_KEY))
    if opened is None or not opened.ended or context.get(SPAN_KEY) is not opened.span:
        return context
    span: object = opened.span
    while opened is not None and opened.ended and span is opened.span:
        span, opened = opened.outer, opened.below
    return Context({**context, SPAN_KEY: span, _OPENED_KEY: opened})


def opened(span: Span, context: Context) -> tuple[Context, Opened]:
    """`context` with a span that will be current until it is marked as ended."""
    made = Opened(span, context)
    return Context({**context, SPAN_KEY: span, _OPENED_KEY: made}), made


def leave(token: Token[Context], entered: Context) -> None:
    """Go back to what was current before `enter(entered)` gave `token`.

    In another task or thread than that one: only where `entered` is current, as in a task started meanwhile.
    """
    try:
        token.var.reset(token)
    except (ValueError, RuntimeError):
        if read() is entered:
            before = token.old_value
            enter(before if isinstance(before, Context) else Context())
    except AttributeError:  # OTEL_PYTHON_CONTEXT names a context that does not lie in context variables
        detach(token)


class Entered:
    """Contexts that one object has entered and not left, maybe in many tasks and threads at once."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[int, tuple[Context, Token[Context]]] = {}

    def enter(self, context: Context) -> None:
        """Make `context` current; one that nothing else has entered."""
        self._held[id(context)] = context, enter(context)

    def leave(self) -> None:
        """Go back from the context that is current, or from the last one if that was not entered here."""
        try:
            context, token = self._held.pop(id(read()), None) or self._held.popitem()[1]
        except KeyError:
            return
        leave(token, context)


class Nowhere:
    """Within it nothing is current: for beginning what belongs to no span, as a thread that works for all."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token = enter(_EMPTY)

    def __exit__(self, *_: object) -> None:
        leave(self._token, _EMPTY)


_EMPTY: Final = Context()
