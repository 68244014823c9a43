"""Wrong use of the SDK is said once and survived: a program must never fail because of its telemetry."""

from __future__ import annotations

import logging
from typing import Final

_log: Final = logging.getLogger("sonde")
_said: Final[set[str]] = set()


def complain(message: str, *values: object, error: BaseException | None = None) -> None:
    """Warn on the logger `sonde`, the first time that this `message` (before its values) comes up."""
    if message in _said:
        return
    _said.add(message)
    try:
        _log.warning(message, *values, exc_info=error)
    except Exception:  # a handler of the program's that fails is no concern of the code that is traced
        return


def forget() -> None:
    """Say everything again from now on."""
    _said.clear()
