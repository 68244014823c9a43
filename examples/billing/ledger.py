"""The books, in a SQLite file that all processes share: payments, what is to be delivered, events."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(os.environ.get("BILLING_DATA", "."))

CUSTOMERS = ("ada", "bob", "cyd", "dan", "eve", "fay")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY, period TEXT, customer TEXT, cents INTEGER, state TEXT
);
CREATE TABLE IF NOT EXISTS deliveries (id TEXT PRIMARY KEY, kind TEXT, payment TEXT, state TEXT);
CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, payment TEXT, what TEXT);
"""


@dataclass(frozen=True)
class Payment:
    """What a customer owes for a period."""

    id: str
    period: str
    customer: str
    cents: int


@contextmanager
def cursor() -> Iterator[sqlite3.Cursor]:
    """A transaction."""
    with closing(sqlite3.connect(FOLDER / "ledger.db", timeout=20)) as connection:
        yield connection.cursor()
        connection.commit()


def open_period(period: str) -> list[Payment]:
    """The payments that are due in a period (`2026_01`): one a customer."""
    due = [
        Payment(f"pym_{period}_{number}", period, customer, 1900 + 700 * number)
        for number, customer in enumerate(CUSTOMERS)
    ]
    with cursor() as db:
        db.executescript(_SCHEMA)
        db.executemany(
            "INSERT OR IGNORE INTO payments VALUES (?, ?, ?, ?, 'due')",
            [(each.id, each.period, each.customer, each.cents) for each in due],
        )
    return due


def payment(id: str) -> Payment:
    with cursor() as db:
        row = db.execute("SELECT id, period, customer, cents FROM payments WHERE id = ?", (id,)).fetchone()
    return Payment(*row)


def settle(payment_id: str, state: str) -> None:
    """The payment is `paid` or `declined`."""
    with cursor() as db:
        db.execute("UPDATE payments SET state = ? WHERE id = ?", (state, payment_id))


def expect(payment_id: str, *deliveries: tuple[str, str]) -> None:
    """Things (kind and id) that are to be delivered for a payment."""
    with cursor() as db:
        db.executemany(
            "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, 'due')",
            [(id, kind, payment_id) for kind, id in deliveries],
        )


def delivered(id: str, state: str) -> None:
    """It is `done`, or `given up`."""
    with cursor() as db:
        db.execute("UPDATE deliveries SET state = ? WHERE id = ?", (state, id))


def insert_event(payment_id: str, what: str) -> int:
    """A line in the customers' history; its id."""
    with cursor() as db:
        db.execute("INSERT INTO events (payment, what) VALUES (?, ?)", (payment_id, what))
        return int(db.lastrowid or 0)


def summary(period: str) -> dict[str, int]:
    """How many payments and deliveries of a period are in which state."""
    with cursor() as db:
        payments = db.execute(
            "SELECT 'payment ' || state, count(*) FROM payments WHERE period = ? GROUP BY 1", (period,)
        ).fetchall()
        deliveries = db.execute(
            "SELECT kind || ' ' || deliveries.state, count(*) FROM deliveries"
            " JOIN payments ON payments.id = payment WHERE period = ? GROUP BY 1",
            (period,),
        ).fetchall()
    return dict([*payments, *deliveries])
