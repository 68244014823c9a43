"""Orders: reserves the goods, takes the money, and queues the parcel for the worker."""

from __future__ import annotations

import json
import logging
import os
import uuid

import database
import httpx
import telemetry
import web
from fastapi import FastAPI, HTTPException
from opentelemetry import metrics, propagate, trace
from pydantic import BaseModel

telemetry.configure("orders")

app = FastAPI(title="Orders")
log = logging.getLogger("shop.orders")
tracer = trace.get_tracer("shop.orders")
meter = metrics.get_meter("shop.orders")
placed = meter.create_counter("shop.orders", unit="{order}", description="Orders by outcome.")
value = meter.create_histogram("shop.order.value", unit="EUR", description="Worth of the orders paid.")

CATALOG = os.environ["CATALOG_URL"]
PAYMENTS = os.environ["PAYMENTS_URL"]
client = httpx.Client(timeout=1.0)


class Order(BaseModel):
    sku: str
    quantity: int = 1
    card: str
    user_id: str


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/orders", status_code=201)
def place(order: Order) -> dict[str, object]:
    order_id = f"ord_{uuid.uuid4().hex[:10]}"
    span = trace.get_current_span()
    span.set_attributes({"shop.order.id": order_id, "user.id": order.user_id})

    product = client.get(f"{CATALOG}/products/{order.sku}").raise_for_status().json()
    reserved = client.post(f"{CATALOG}/products/{order.sku}/reserve", params={"quantity": order.quantity})
    if reserved.status_code == 409:
        placed.add(1, {"shop.outcome": "out_of_stock"})
        raise HTTPException(409, reserved.json()["detail"])

    amount_cents = product["priceCents"] * order.quantity
    pay(order_id, amount_cents, order.card)
    queue_parcel(order_id, order)
    placed.add(1, {"shop.outcome": "paid"})
    value.record(amount_cents / 100, {"shop.sku": order.sku})
    log.info("order %s: %d x %s", order_id, order.quantity, order.sku)
    return {"orderId": order_id, "amountCents": amount_cents}


def pay(order_id: str, amount_cents: int, card: str) -> None:
    """Raises the HTTP error that the shopper sees when the money does not come."""
    try:
        answer = client.post(
            f"{PAYMENTS}/charges", json={"order_id": order_id, "amount_cents": amount_cents, "card": card}
        )
    except httpx.TimeoutException as timeout:
        placed.add(1, {"shop.outcome": "timeout"})
        log.exception("no answer from payments for order %s", order_id)
        raise HTTPException(504, "payment took too long") from timeout
    if answer.status_code == 402:
        placed.add(1, {"shop.outcome": "declined"})
        raise HTTPException(402, answer.json()["detail"])
    answer.raise_for_status()


def queue_parcel(order_id: str, order: Order) -> None:
    """Hands over to the worker; the trace context travels in the row."""
    with tracer.start_as_current_span("parcels publish", kind=trace.SpanKind.PRODUCER):
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        with database.cursor("orders") as db:
            db.execute(
                "INSERT INTO parcels (order_id, sku, quantity, context) VALUES (?, ?, ?, ?)",
                (order_id, order.sku, order.quantity, json.dumps(carrier)),
            )


def create_tables() -> None:
    with database.cursor("orders") as db:
        db.execute(
            "CREATE TABLE IF NOT EXISTS parcels (id INTEGER PRIMARY KEY, order_id TEXT, sku TEXT,"
            " quantity INT, context TEXT, attempts INT DEFAULT 0, done INT DEFAULT 0)"
        )


if __name__ == "__main__":
    create_tables()
    web.serve(app)
