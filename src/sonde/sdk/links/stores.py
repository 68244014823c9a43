"""Two stores of links read as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from sonde.link_stores.interface import Entity, Found, Link, LinkStore, newer


class BothStores:
    """Writes to both stores, reads both at once: the newer link counts, and one store alone is enough."""

    def __init__(self, first: LinkStore, second: LinkStore) -> None:
        self._stores = (first, second)
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="sonde-links-both")

    @property
    def parts(self) -> Mapping[str, LinkStore]:
        return {**self._stores[0].parts, **self._stores[1].parts}

    def check(self) -> None:
        for store in self._stores:
            store.check()

    def put(self, links: Sequence[Link]) -> None:
        second = self._pool.submit(self._stores[1].put, links)
        try:
            self._stores[0].put(links)
        finally:
            second.result()

    def get(self, entities: Sequence[Entity]) -> list[Found | None]:
        second = self._pool.submit(self._stores[1].get, entities)
        try:
            here = self._stores[0].get(entities)
        except Exception:
            return second.result()
        try:
            there = second.result()
        except Exception:  # the other one answered: that is better than nothing
            return here
        return [newer(*pair) for pair in zip(here, there, strict=True)]

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        for store in self._stores:
            store.close()
