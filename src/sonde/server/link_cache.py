"""The links that were looked at last, in memory: what the embedded engine takes some milliseconds for.

Only where this process is the only one that writes to the store. What is inserted makes the server forget
what it knew of these entities, so a read after an insert asks the engine.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sonde.query.links import Entity, Touch

MAX_TOUCHES: Final = 100_000
"""Touches that are kept, of all entities; an entity without any counts as one. Some 50 MB."""
MAX_TOUCHES_OF_AN_ENTITY: Final = 200


class LinkCache:
    """What the store has of entities, by tenant: enough to know the last run. Any thread may ask."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._lock = threading.Lock()
        self._found: OrderedDict[tuple[str, Entity], tuple[Touch, ...]] = OrderedDict()
        self._size = 0
        self._inserts = 0

    def __len__(self) -> int:
        return len(self._found)

    def of(self, tenant: str, entity: Entity) -> tuple[Touch, ...] | None:
        """What is stored of an entity; None where that is not known here."""
        key = (tenant, entity.shortened())
        with self._lock:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
        return found

    def begin(self) -> int:
        """To be called before the store is read; what it returns goes to `keep`."""
        return self._inserts

    def keep(self, tenant: str, found: Mapping[Entity, Sequence[Touch]], began: int) -> None:
        """Keep what was read of entities (shortened), unless something was inserted meanwhile."""
        if not self._enabled:
            return
        with self._lock:
            if began != self._inserts:
                return
            for entity, touches in found.items():
                if len(touches) <= MAX_TOUCHES_OF_AN_ENTITY:
                    self._forget((tenant, entity))
                    self._found[tenant, entity] = tuple(touches)
                    self._size += max(1, len(touches))
            while self._size > MAX_TOUCHES:
                _, touches = self._found.popitem(last=False)
                self._size -= max(1, len(touches))

    def inserted(self, tenant: str, entities: Iterable[Entity]) -> None:
        """Forget what was known of entities: something may have been inserted of them."""
        with self._lock:
            self._inserts += 1
            if self._found:
                for entity in entities:
                    self._forget((tenant, entity))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._inserts += 1
            self._found.clear()
            self._size = 0

    def _forget(self, key: tuple[str, Entity]) -> None:
        touches = self._found.pop(key, None)
        if touches is not None:
            self._size -= max(1, len(touches))
