"""Putting a function of a library's in another one's place, and back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

Function = Callable[..., Any]


class Patch:
    """`owner.name` replaced by what `wrap` makes of it, while it is on.

    `owner` is a class or a module. Switching twice does no harm; where somebody else has replaced the
    function since, theirs stays when this is switched off, and calls the original through this one.
    """

    def __init__(self, owner: Any, name: str, wrap: Callable[[Function], Function]) -> None:
        self._owner: Final = owner
        self._name: Final = name
        self._inherited: Final = isinstance(owner, type) and name not in vars(owner)
        original: Function = getattr(owner, name)
        replacement = wrap(original)
        self._original: Final = original
        self._is_on = False

        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            return (replacement if self._is_on else original)(*args, **kwargs)

        self._call: Final = call

    def on(self) -> None:
        """Put the replacement in place."""
        self._is_on = True
        setattr(self._owner, self._name, self._call)

    def off(self) -> None:
        """Put the original back."""
        self._is_on = False
        if getattr(self._owner, self._name) is not self._call:
            return
        if self._inherited:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._original)
