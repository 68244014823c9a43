"""The storefront: what a browser would talk to. Carts are in Redis; everything else happens behind it."""

from __future__ import annotations

import logging
import os
from typing import Annotated, Any

import httpx
import redis
from fastapi import Body, FastAPI, Header, HTTPException

import sonde

sonde.configure(service_name="storefront", service_version="2.0.0", environment="demo")
logging.basicConfig()
log = logging.getLogger("shop.storefront")
app = FastAPI(title="Storefront")

carts = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
catalog = httpx.Client(base_url=os.environ["CATALOG_URL"], timeout=4)
orders = httpx.Client(base_url=os.environ["ORDERS_URL"], timeout=4)

User = Annotated[str, Header(alias="X-User")]


@app.get("/")
def home() -> Any:
    return catalog.get("/products").raise_for_status().json()


@app.get("/search")
def search(words: str) -> Any:
    return catalog.get("/search", params={"words": words}).raise_for_status().json()


@app.get("/products/{sku}")
def product(sku: str) -> Any:
    answer = catalog.get(f"/products/{sku}")
    if answer.status_code == 404:
        raise HTTPException(404, "no such product")
    return answer.raise_for_status().json()


@app.post("/cart/{sku}")
def add_to_cart(sku: str, user: User, quantity: int = 1) -> dict[str, int]:
    return {sku: carts.hincrby(f"cart:{user}", sku, quantity)}


@app.post("/checkout")
def checkout(card: Annotated[str, Body(embed=True)], user: User) -> Any:
    sonde.current_span().set({"user.id": user})
    cart = carts.hgetall(f"cart:{user}")
    carts.delete(f"cart:{user}")
    answer = orders.post("/orders", json={"items": cart, "card": card, "user": user})
    if answer.is_error:
        reason = answer.json()["detail"]
        log.warning("checkout of %s failed: %s", user, reason)
        raise HTTPException(min(answer.status_code, 502), reason)
    return answer.json()
