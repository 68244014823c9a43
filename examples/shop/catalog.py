"""The catalog: products, their stock, and a search whose index is cold now and then."""

from __future__ import annotations

import logging
import random
import time

from database import PRODUCTS, cursor
from fastapi import FastAPI, HTTPException

import sonde

sonde.configure(service_name="catalog", service_version="2.0.0", environment="demo")
logging.basicConfig()
log = logging.getLogger("shop.catalog")
app = FastAPI(title="Catalog")

Product = dict[str, str | int]


@app.get("/products")
def products() -> list[Product]:
    with cursor() as db:
        return [product(*row) for row in db.execute("SELECT * FROM products ORDER BY name").fetchall()]


@app.get("/products/{sku}")
def one_product(sku: str) -> Product:
    with cursor() as db:
        row = db.execute("SELECT * FROM products WHERE sku = ?", (sku,)).fetchone()
    if row is None:
        log.warning("nobody sells %s", sku)
        raise HTTPException(404, f"no product {sku}")
    return product(*row)


@app.get("/search")
def search(words: str) -> list[Product]:
    with sonde.span("catalog.rank", words=words) as span:
        cold = random.random() < 0.15
        span.set(cache_hit=not cold)
        if cold:
            log.warning("search index was cold, read from disk")
            time.sleep(random.uniform(0.4, 1.1))
    with cursor() as db:
        found = db.execute("SELECT * FROM products WHERE name LIKE ? LIMIT 5", (f"%{words}%",)).fetchall()
    return [product(*row) for row in found]


@app.post("/products/{sku}/reserve")
def reserve(sku: str, quantity: int) -> Product:
    with cursor() as db:
        db.execute(
            "UPDATE products SET stock = stock - ? WHERE sku = ? AND stock >= ?", (quantity, sku, quantity)
        )
        if db.rowcount == 0:
            sonde.event("stock.exhausted", f"out of stock: {sku}", severity="warn", sku=sku)
            raise HTTPException(409, f"{sku} is out of stock")
    return {"sku": sku, "reserved": quantity}


@app.post("/products/restock")
def restock() -> dict[str, int]:
    with cursor() as db:
        db.executemany(
            "UPDATE products SET stock = ? WHERE sku = ?", [(stock, sku) for sku, *_, stock in PRODUCTS]
        )
    return {"products": len(PRODUCTS)}


def product(sku: str, name: str, price_cents: int, stock: int) -> Product:
    return {"sku": sku, "name": name, "price_cents": price_cents, "stock": stock}
