"""Who is sent a context and who is not: one emit becomes two where both kinds are in the room."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, cast

from sonde.sdk.complaints import complain
from sonde.sdk.instrument import socketio_wire as wire

Variant = tuple[tuple[Any, ...], dict[str, Any]]
Carrying = Callable[[object, Mapping[str, str]], object]


def each_of(original: Callable[..., Any], variants: Callable[..., list[Variant]]) -> Callable[..., Any]:
    """`original`, called once for each variant of its arguments; as it was where they cannot be made."""

    def made(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Variant]:
        try:
            return variants(*args, **kwargs)
        except Exception as error:
            complain("cannot carry a context in Socket.IO", error=error)
            return [(args, kwargs)]

    if inspect.iscoroutinefunction(original):

        @wraps(original)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            result = None
            for each_args, each_kwargs in made(args, kwargs):
                result = await original(*each_args, **each_kwargs)
            return result

        return asynchronous

    @wraps(original)
    def synchronous(*args: Any, **kwargs: Any) -> Any:
        result = None
        for each_args, each_kwargs in made(args, kwargs):
            result = original(*each_args, **each_kwargs)
        return result

    return synchronous


def shares(
    data: object,
    skip_sid: object,
    readers: tuple[set[str], set[str]],
    carrier: Mapping[str, str],
    carrying: Carrying = wire.with_carrier,
) -> list[tuple[object, object]]:
    """Data and ids to skip: once for those who read contexts and once for the others, if there are both."""
    reading, others = readers
    if not reading:
        return [(data, skip_sid)]
    if not others:
        return [(carrying(data, carrier), skip_sid)]
    skipped: set[str] = (
        set(cast(list[str], skip_sid)) if isinstance(skip_sid, list) else {cast(str, skip_sid)}
    )
    return [
        (carrying(data, carrier), _Skipped(skipped | others)),
        (data, _Skipped(skipped | reading)),
    ]


def published(message: Mapping[str, Any]) -> Carrying:
    """Adds a carrier to the data of a message between processes: arguments, maybe with attachments."""

    def carrying(data: object, carrier: Mapping[str, str]) -> object:
        arguments = cast(list[object], data)
        if message.get("binary"):
            return [[*cast(list[object], arguments[0]), wire.carried(carrier)], *arguments[1:]]
        return [*([] if arguments == [None] else arguments), wire.carried(carrier)]

    return carrying


class _Skipped(list[str]):
    """Ids to skip: a list, as the managers ask for, that is looked up as a set."""

    def __init__(self, ids: set[str]) -> None:
        super().__init__(ids)
        self._ids = ids

    def __contains__(self, key: object) -> bool:
        return key in self._ids
