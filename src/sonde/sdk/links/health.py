"""Whether the stores of links answer, and how fast."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from sonde.sdk.configuration import Configuration
from sonde.sdk.links.choice import chosen_store

TIMEOUT_S: Final = 2.0

_TIMES: Final = 3


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How a store of links does: `response_ms` is the median of a few answers, None where there was none."""

    store: str
    response_ms: float | None
    problem: str = ""


def check_stores(configuration: Configuration) -> list[StoreHealth]:
    """Ask each store that these settings mean. Never raises."""
    store = chosen_store(configuration, timeout_s=TIMEOUT_S, connections=1)
    found: list[StoreHealth] = []
    try:
        for name, part in store.parts.items():
            times: list[float] = []
            try:
                # The first one connects.
                part.check()
                for _ in range(_TIMES):
                    began = time.perf_counter()
                    part.check()
                    times.append((time.perf_counter() - began) * 1000)
            except Exception as error:
                found.append(StoreHealth(name, None, str(error) or type(error).__name__))
            else:
                found.append(StoreHealth(name, round(sorted(times)[_TIMES // 2], 3)))
    finally:
        store.close()
    return found
