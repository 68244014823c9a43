"""One setting of the SDK: its names, and what it accepts."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from urllib.parse import unquote, urlsplit

Kind = Literal[
    "switch",
    "text",
    "integer",
    "number",
    "choice",
    "address",
    "list",
    "patterns",
    "headers",
    "attributes",
    "switch or list",
]

_ON: Final = frozenset({"true", "1", "on", "yes", "t", "y"})
_OFF: Final = frozenset({"false", "0", "off", "no", "f", "n"})
_SWITCH: Final = "true or false"
_IN_WORDS: Final[Mapping[str, str]] = {
    "switch": _SWITCH,
    "text": "text",
    "integer": "integer",
    "number": "number",
    "address": "an address that starts with http:// or https://",
    "list": "list of texts",
    "patterns": "list of regular expressions",
    "headers": "pairs",
    "attributes": "pairs",
    "switch or list": f"{_SWITCH} or list of texts",
}


@dataclass(frozen=True)
class Setting:
    """The field `sampling_ratio` is the variable `SONDE_SAMPLING_RATIO` and, by its `key`, `sampling.ratio`
    of `sonde.toml`; as an argument it goes by its `argument`. `otel` names variables of OpenTelemetry that
    say the same; they count after `SONDE_*`.

    Numbers are `least` or more, above `above`, `most` at most. None is allowed where it is the default.
    """

    field: str
    kind: Kind
    default: Any
    description: str
    key: str = ""
    argument: str = ""
    otel: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    least: float | None = None
    above: float | None = None
    most: float | None = None

    def accept(self, value: object) -> Any:
        """The value as the SDK uses it, from a text of the environment or a value of Python's or TOML's.

        Raises ValueError or TypeError if it is not allowed.
        """
        if value is None and self.default is None:
            return None
        return _READERS[self.kind](self, value)

    @property
    def allowed(self) -> str:
        """What is allowed, in words: `integer from 1`."""
        if self.kind == "choice":
            return " or ".join(choice for choice in self.choices if choice)
        if self.choices:
            return f"list of {', '.join(self.choices)}"
        words = _IN_WORDS[self.kind]
        if self.least is not None:
            words += f" from {self.least}"
        if self.above is not None:
            words += f" above {self.above}"
        if self.most is not None:
            words += f" to {self.most}" if self.least is not None else f", at most {self.most}"
        return words


def pairs(text: str) -> dict[str, str]:
    """`a=1,b=x%20y` as a mapping (W3C baggage's format, as OpenTelemetry's variables have it).

    Raises ValueError.
    """
    found: dict[str, str] = {}
    for part in _parts(text):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"{part!r} is not name=value")
        found[name.strip()] = unquote(value.strip())
    return found


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _switch(_setting: Setting, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _ON | _OFF:
        raise ValueError("not a switch")
    return word in _ON


def _text(_setting: Setting, value: object) -> str:
    if isinstance(value, os.PathLike):
        value = os.fspath(cast(os.PathLike[str], value))
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _integer(setting: Setting, value: object) -> int:
    number = _number(setting, value)
    if number != int(number):
        raise ValueError("not an integer")
    return int(number)


def _number(setting: Setting, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("not a number")
    number = float(value)
    if (
        not math.isfinite(number)
        or (setting.least is not None and number < setting.least)
        or (setting.above is not None and number <= setting.above)
        or (setting.most is not None and number > setting.most)
    ):
        raise ValueError("out of bounds")
    return number


def _choice(setting: Setting, value: object) -> str:
    if not isinstance(value, str) or value not in setting.choices:
        raise ValueError("none of the choices")
    return value


def _address(_setting: Setting, value: object) -> str:
    if not isinstance(value, str) or (value and not re.match(r"https?://[^/]", value)):
        raise ValueError("not an address")
    # A port that is no number, or brackets without an end, is found only when they are asked for.
    _ = urlsplit(value).port
    return value


def _list(setting: Setting, value: object) -> tuple[str, ...]:
    found = _parts(value) if isinstance(value, str) else _texts(value)
    if setting.choices and not set(found) <= set(setting.choices):
        raise ValueError("none of the choices")
    return found


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        raise TypeError("not a list")
    found = tuple(cast(Iterable[object], value))
    if not all(isinstance(each, str) for each in found):
        raise TypeError("not a list of texts")
    return cast(tuple[str, ...], found)


def _patterns(_setting: Setting, value: object) -> tuple[str, ...]:
    # A comma is part of many a pattern.
    found = tuple(line for line in value.splitlines() if line) if isinstance(value, str) else _texts(value)
    for pattern in found:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(str(error)) from None
    return found


def _headers(_setting: Setting, value: object) -> dict[str, str]:
    found = _mapping(value)
    if not all(isinstance(each, str) for each in found.values()):
        raise TypeError("not texts")
    return found


def _attributes(_setting: Setting, value: object) -> dict[str, Any]:
    return _mapping(value)


def _mapping(value: object) -> dict[str, Any]:
    if isinstance(value, str):
        return dict(pairs(value))
    if not isinstance(value, Mapping):
        raise TypeError("not pairs")
    found = dict(cast(Mapping[Any, Any], value))
    if not all(isinstance(name, str) for name in found):
        raise TypeError("names that are not texts")
    return found


def _switch_or_list(setting: Setting, value: object) -> bool | tuple[str, ...]:
    if isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in _ON | _OFF):
        return _switch(setting, value)
    return _list(setting, value)


_READERS: Final[Mapping[Kind, Callable[[Setting, object], Any]]] = {
    "switch": _switch,
    "text": _text,
    "integer": _integer,
    "number": _number,
    "choice": _choice,
    "address": _address,
    "list": _list,
    "patterns": _patterns,
    "headers": _headers,
    "attributes": _attributes,
    "switch or list": _switch_or_list,
}
