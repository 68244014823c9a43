"""The catalog: products and their stock, in SQLite. Sends its telemetry over gRPC in the demo."""

from __future__ import annotations

import logging
import random
import time

import database
import telemetry
import web
from fastapi import FastAPI, HTTPException
from opentelemetry import metrics, trace

telemetry.configure("catalog")

app = FastAPI(title="Catalog")
log = logging.getLogger("shop.catalog")
tracer = trace.get_tracer("shop.catalog")
out_of_stock = metrics.get_meter("shop.catalog").create_counter(
    "shop.out_of_stock", unit="{reservation}", description="Reservations that found no stock."
)

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


def create_tables() -> None:
    with database.cursor("catalog") as db:
        db.execute(
            "CREATE TABLE IF NOT EXISTS products"
            " (sku TEXT PRIMARY KEY, name TEXT, price_cents INT, stock INT)"
        )
        db.executemany("INSERT OR IGNORE INTO products VALUES (?, ?, ?, ?)", PRODUCTS)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/products")
def products() -> list[dict[str, object]]:
    with database.cursor("catalog") as db:
        rows = db.execute("SELECT sku, name, price_cents, stock FROM products ORDER BY name").fetchall()
    return [product(*row) for row in rows]


@app.get("/products/{sku}")
def one_product(sku: str) -> dict[str, object]:
    with database.cursor("catalog") as db:
        row = db.execute(
            "SELECT sku, name, price_cents, stock FROM products WHERE sku = ?", (sku,)
        ).fetchone()
    if row is None:
        log.warning("nobody sells %s", sku)
        raise HTTPException(404, f"no product {sku}")
    return product(*row)


@app.get("/search")
def search(words: str) -> list[dict[str, object]]:
    with tracer.start_as_current_span("catalog.rank", attributes={"shop.search.words": words}) as span:
        cold = random.random() < 0.15
        span.set_attribute("shop.cache.hit", not cold)
        if cold:
            log.warning("search index was cold, read from disk")
            time.sleep(random.uniform(0.4, 1.1))
    with database.cursor("catalog") as db:
        rows = db.execute(
            "SELECT sku, name, price_cents, stock FROM products WHERE name LIKE ? LIMIT 5", (f"%{words}%",)
        ).fetchall()
    return [product(*row) for row in rows]


@app.post("/products/{sku}/reserve")
def reserve(sku: str, quantity: int = 1) -> dict[str, object]:
    with database.cursor("catalog") as db:
        db.execute(
            "UPDATE products SET stock = stock - ? WHERE sku = ? AND stock >= ?", (quantity, sku, quantity)
        )
        reserved = db.rowcount == 1
    if not reserved:
        out_of_stock.add(1, {"shop.sku": sku})
        log.warning("out of stock: %s", sku)
        raise HTTPException(409, f"{sku} is out of stock")
    return {"sku": sku, "reserved": quantity}


@app.post("/products/restock")
def restock() -> dict[str, int]:
    with database.cursor("catalog") as db:
        for sku, _, _, stock in PRODUCTS:
            db.execute("UPDATE products SET stock = ? WHERE sku = ?", (stock, sku))
    return {"products": len(PRODUCTS)}


def product(sku: str, name: str, price_cents: int, stock: int) -> dict[str, object]:
    return {"sku": sku, "name": name, "priceCents": price_cents, "stock": stock}


if __name__ == "__main__":
    create_tables()
    web.serve(app)
