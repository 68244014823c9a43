"""Orders: reserves the goods, takes the money, and queues the parcel for the worker."""

from __future__ import annotations

import json
import logging
import os
import secrets

import httpx
import redis
from fastapi import FastAPI, HTTPException
from opentelemetry import metrics
from pydantic import BaseModel

import sonde

sonde.configure(service_name="orders", service_version="2.0.0", environment="demo")
logging.basicConfig()
log = logging.getLogger("shop.orders")
log.setLevel(logging.INFO)
app = FastAPI(title="Orders")

queue = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
catalog = httpx.Client(base_url=os.environ["CATALOG_URL"], timeout=2)
payments = httpx.Client(base_url=os.environ["PAYMENTS_URL"], timeout=1)
value = metrics.get_meter("shop").create_histogram("shop.order.value", "EUR", "Worth of the orders paid.")


class Order(BaseModel):
    items: dict[str, int]
    card: str
    user: str


@app.post("/orders", status_code=201)
def place(order: Order) -> dict[str, str | int]:
    order_id = f"ord_{secrets.token_hex(5)}"
    sonde.entity("order", order_id)
    sonde.current_span().set({"user.id": order.user})

    cents = sum(reserve(sku, quantity) for sku, quantity in order.items.items())
    pay(order_id, cents, order.card)
    ship(order_id, order.items)
    value.record(cents / 100, {"shop.items": len(order.items)})
    log.info("order %s: %.2f EUR", order_id, cents / 100)
    return {"order_id": order_id, "cents": cents}


def reserve(sku: str, quantity: int) -> int:
    """What it costs."""
    answer = catalog.post(f"/products/{sku}/reserve", params={"quantity": quantity})
    if answer.status_code == 409:
        raise HTTPException(409, answer.json()["detail"])
    product = catalog.get(f"/products/{sku}").raise_for_status().json()
    return product["price_cents"] * quantity


def pay(order_id: str, cents: int, card: str) -> None:
    try:
        answer = payments.post("/charges", json={"order_id": order_id, "cents": cents, "card": card})
    except httpx.TimeoutException as timeout:
        log.exception("no answer from payments for order %s", order_id)
        raise HTTPException(504, "payment took too long") from timeout
    if answer.status_code == 402:
        raise HTTPException(402, answer.json()["detail"])
    answer.raise_for_status()


@sonde.traced("parcel.queue")
def ship(order_id: str, items: dict[str, int]) -> None:
    """Leave it to the worker, which goes on in the same trace."""
    parcel = {"order_id": order_id, "items": items, "attempt": 1, "context": {}}
    sonde.inject(parcel["context"])
    queue.rpush("parcels", json.dumps(parcel))
