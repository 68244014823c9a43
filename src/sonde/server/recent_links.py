"""Links accepted a moment ago: they are read at once, though their segment is yet to reach the store.

They are on disk in the journal by then; here is only what makes a write visible to the next read. A link
that is in the store as well merges with itself when it is read.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from sonde.query.links import Entity, Touch

KEPT_S: Final = 60.0
"""A segment is stored within two seconds. Where the store is away for longer, nothing is read anyway."""
MAX_ENTITIES: Final = 50_000
MAX_TOUCHES: Final = 50
"""Of one entity."""


class RecentLinks:
    """What was touched within the last minute, by tenant. Any thread may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # In the order of the last write, with its time.
        self._found: OrderedDict[tuple[str, Entity], tuple[float, list[Touch]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def put(self, tenant: str, touched: Iterable[tuple[Entity, Touch]]) -> None:
        """Remember what was accepted; the oldest goes when there is too much."""
        now = self._clock()
        with self._lock:
            for entity, touch in touched:
                key = (tenant, entity.shortened())
                _, touches = self._found.pop(key, (0.0, []))
                # Readers may hold the list: a new one takes its place.
                kept = sorted((*touches, touch), key=lambda each: each.last_ns)[-MAX_TOUCHES:]
                self._found[key] = (now, kept)
            while self._found:
                key, (at, _) = next(iter(self._found.items()))
                if at > now - KEPT_S and len(self._found) <= MAX_ENTITIES:
                    break
                del self._found[key]

    def of(self, tenant: str, entities: Iterable[Entity]) -> dict[Entity, list[Touch]]:
        """What touched these entities, by the entity as it is stored."""
        with self._lock:
            found = {entity: self._found.get((tenant, entity)) for entity in map(Entity.shortened, entities)}
        return {entity: entry[1] for entity, entry in found.items() if entry}
