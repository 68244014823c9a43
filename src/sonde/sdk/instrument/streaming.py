"""Streamed answers: what is made piece by piece, after the framework is done, belongs to the request."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any, Generic, TypeVar

from opentelemetry import context
from opentelemetry.context import Context

Piece = TypeVar("Piece")


class InContext(Generic[Piece]):
    """The pieces of an answer, each made in the context of its request; closes what it reads."""

    def __init__(self, pieces: Iterable[Piece], of_request: Context) -> None:
        self._pieces: Any = pieces
        self._iterator: Iterator[Piece] | None = None
        self._context = of_request

    def __iter__(self) -> Iterator[Piece]:
        return self

    def __next__(self) -> Piece:
        token = context.attach(self._context)
        try:
            if self._iterator is None:
                self._iterator = iter(self._pieces)
            return next(self._iterator)
        finally:
            context.detach(token)

    def close(self) -> None:
        """Close the pieces, in the context of the request as well."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            token = context.attach(self._context)
            try:
                close()
            finally:
                context.detach(token)


async def in_context(pieces: AsyncIterable[Piece], of_request: Context) -> AsyncIterator[Piece]:
    """The same for an asynchronous answer."""
    iterator = aiter(pieces)
    while True:
        token = context.attach(of_request)
        try:
            piece = await anext(iterator)
        except StopAsyncIteration:
            return
        finally:
            context.detach(token)
        yield piece
