"""What can be entered with `with` can be entered with `async with`: nothing in it is waited for."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class _Block(Protocol[T_co]):
    def __enter__(self) -> T_co: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class AlsoAsync:
    """Gives a class with `__enter__` and `__exit__` the same for `async with`."""

    __slots__ = ()

    async def __aenter__(self: _Block[T_co]) -> T_co:
        return self.__enter__()

    async def __aexit__(
        self: _Block[object],
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)
