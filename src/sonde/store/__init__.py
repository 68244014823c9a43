"""The store: ClickHouse, embedded in this process or as a server. The only importer of its client.

Importing this package is cheap; the engine is loaded by `open_store`. The parts a client of a
running server needs (`read_holder`) load no engine at all.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sonde.store.database import Database, Rows
    from sonde.store.lock import Holder, read_holder
    from sonde.store.store import Store, TableSize, open_store

__all__ = [
    "Database",
    "Holder",
    "Rows",
    "Store",
    "TableSize",
    "open_store",
    "read_holder",
]

_HOME = {
    "Database": "sonde.store.database",
    "Holder": "sonde.store.lock",
    "Rows": "sonde.store.database",
    "Store": "sonde.store.store",
    "TableSize": "sonde.store.store",
    "open_store": "sonde.store.store",
    "read_holder": "sonde.store.lock",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
