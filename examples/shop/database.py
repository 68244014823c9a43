"""The catalog's table of products, in SQLite."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PRODUCTS = [
    ("kettle", "Gooseneck kettle", 5900, 40),
    ("grinder", "Hand grinder", 8900, 25),
    ("scale", "Brew scale", 3900, 30),
    ("filter-60", "Paper filters, 60", 600, 200),
    ("beans-house", "House blend, 500 g", 1450, 120),
    ("beans-geisha", "Geisha, 200 g", 3200, 4),
    ("mug", "Stoneware mug", 1800, 60),
    ("moka", "Moka pot", 3400, 15),
]


@contextmanager
def cursor() -> Iterator[sqlite3.Cursor]:
    """A transaction: commits when the block ends well."""
    path = Path(os.environ["SHOP_DATA"]) / "catalog.db"
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        yield connection.cursor()
        connection.commit()


def create() -> None:
    with cursor() as db:
        db.execute("CREATE TABLE products (sku TEXT PRIMARY KEY, name TEXT, price_cents INT, stock INT)")
        db.executemany("INSERT INTO products VALUES (?, ?, ?, ?)", PRODUCTS)
