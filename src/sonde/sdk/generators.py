"""A scope (a span, a correlation id) around a function, whatever kind of function it is.

A generator runs in pieces, between which its caller goes on: the scope's context is current within the pieces
alone, wherever each of them runs. What the generator itself makes current is kept from one piece to the next.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any, Protocol

from opentelemetry.context import Context

from sonde.sdk import current


class Scope(Protocol):
    """Something with a beginning and an end, and a context for what is in between. Neither raises."""

    def begin(self) -> Context: ...
    def finish(self, error: BaseException | None) -> None: ...


Opener = Callable[[tuple[Any, ...], dict[str, Any]], Scope]


def in_scope(function: Callable[..., Any], opener: Opener) -> Callable[..., Any]:
    """`function`, every call of it in the scope that `opener` makes from the arguments."""
    if inspect.isasyncgenfunction(function):
        return _async_generator(function, opener)
    if inspect.isgeneratorfunction(function):
        return _generator(function, opener)
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        return _coroutine(function, opener)
    return _plain(function, opener)


def _plain(function: Callable[..., Any], opener: Opener) -> Callable[..., Any]:
    @functools.wraps(function)
    def in_scope(*args: Any, **kwargs: Any) -> Any:
        scope = opener(args, kwargs)
        context = scope.begin()
        token = current.enter(context)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            current.leave(token, context)
            scope.finish(error)
            raise
        current.leave(token, context)
        scope.finish(None)
        return result

    return in_scope


def _coroutine(function: Callable[..., Any], opener: Opener) -> Callable[..., Any]:
    @functools.wraps(function)
    async def in_scope(*args: Any, **kwargs: Any) -> Any:
        scope = opener(args, kwargs)
        context = scope.begin()
        token = current.enter(context)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            current.leave(token, context)
            scope.finish(error)
            raise
        current.leave(token, context)
        scope.finish(None)
        return result

    return in_scope


class _Piecewise:
    """The context of a generator between its pieces."""

    __slots__ = ("_context", "_entered", "_token")

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> None:
        self._entered = self._context
        self._token = current.enter(self._entered)

    def __exit__(self, *_: object) -> None:
        self._context = current.read()
        current.leave(self._token, self._context)


def _generator(function: Callable[..., Any], opener: Opener) -> Callable[..., Any]:
    @functools.wraps(function)
    def in_scope(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        scope = opener(args, kwargs)
        within = _Piecewise(scope.begin())
        try:
            with within:
                inner: Generator[Any, Any, Any] = function(*args, **kwargs)
            step: Callable[[Any], Any] = inner.send
            sent: Any = None
            while True:
                try:
                    with within:
                        item = step(sent)
                except StopIteration as stop:
                    scope.finish(None)
                    return stop.value
                try:
                    sent = yield item
                    step = inner.send
                except GeneratorExit:
                    with within:
                        inner.close()
                    raise
                except BaseException as thrown:
                    step, sent = inner.throw, thrown
        except BaseException as error:
            scope.finish(error)
            raise

    return in_scope


def _async_generator(function: Callable[..., Any], opener: Opener) -> Callable[..., Any]:
    @functools.wraps(function)
    async def in_scope(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        scope = opener(args, kwargs)
        within = _Piecewise(scope.begin())
        try:
            with within:
                inner: AsyncGenerator[Any, Any] = function(*args, **kwargs)
            step = _first_step(inner)
            while True:
                try:
                    with within:
                        item = await step
                except StopAsyncIteration:
                    scope.finish(None)
                    return
                try:
                    step = inner.asend((yield item))
                except GeneratorExit:
                    with within:
                        await inner.aclose()
                    raise
                except BaseException as thrown:
                    step = inner.athrow(thrown)
        except BaseException as error:
            scope.finish(error)
            raise

    return in_scope


def _first_step(inner: AsyncGenerator[Any, Any]) -> Awaitable[Any]:
    """The first step of a generator that the event loop is not to know of.

    At its end the loop closes every generator it has seen begin, all at once: `inner` belongs to the one
    around it.
    """
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        return inner.asend(None)
    finally:
        sys.set_asyncgen_hooks(*hooks)
