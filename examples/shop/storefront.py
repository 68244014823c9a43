"""The storefront: what a browser would talk to. Everything else happens behind it."""

from __future__ import annotations

import logging
import os

import httpx
import telemetry
import web
from fastapi import FastAPI, HTTPException, Request
from opentelemetry import trace
from pydantic import BaseModel

telemetry.configure("storefront")

app = FastAPI(title="Storefront")
log = logging.getLogger("shop.storefront")

CATALOG = os.environ["CATALOG_URL"]
ORDERS = os.environ["ORDERS_URL"]
client = httpx.Client(timeout=4.0)


class Checkout(BaseModel):
    sku: str
    quantity: int = 1
    card: str


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/")
def home() -> dict[str, object]:
    return {"products": client.get(f"{CATALOG}/products").raise_for_status().json()}


@app.get("/search")
def search(words: str) -> dict[str, object]:
    return {"found": client.get(f"{CATALOG}/search", params={"words": words}).raise_for_status().json()}


@app.get("/products/{sku}")
def product(sku: str) -> dict[str, object]:
    answer = client.get(f"{CATALOG}/products/{sku}")
    if answer.status_code == 404:
        raise HTTPException(404, "no such product")
    return answer.raise_for_status().json()


@app.post("/checkout")
def checkout(request: Request, basket: Checkout) -> dict[str, object]:
    user_id = request.headers.get("x-user", "guest")
    trace.get_current_span().set_attribute("user.id", user_id)
    answer = client.post(f"{ORDERS}/orders", json={**basket.model_dump(), "user_id": user_id})
    if answer.is_error:
        reason = answer.json().get("detail", "unknown")
        log.warning("checkout of %s failed: %s", user_id, reason)
        raise HTTPException(502 if answer.status_code >= 500 else answer.status_code, reason)
    return answer.json()


if __name__ == "__main__":
    web.serve(app)
