"""Payments: asks a bank, which sometimes declines and sometimes takes its time."""

from __future__ import annotations

import logging
import random
import time

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

import sonde

sonde.configure(service_name="payments", service_version="2.0.0", environment="demo")
logging.basicConfig()
log = logging.getLogger("shop.payments")
log.setLevel(logging.INFO)
app = FastAPI(title="Payments")


class Charge(BaseModel):
    order_id: str
    cents: int
    card: str


class CardDeclined(Exception):
    """The bank will not pay."""


@app.post("/charges")
def charge(request: Charge) -> dict[str, str]:
    try:
        authorization = authorize(request.order_id, request.cents, request.card)
    except CardDeclined as declined:
        sonde.event("payment.declined", f"card declined: {declined}", severity="warn", order=request.order_id)
        raise HTTPException(402, str(declined)) from declined
    log.info("charged %.2f EUR for order %s", request.cents / 100, request.order_id)
    return {"authorization": authorization}


@sonde.traced("bank.authorize", record_arguments=True)
def authorize(order_id: str, cents: int, card: str) -> str:
    """The bank's answer. Arguments are on the span; the number of the card never leaves the process."""
    time.sleep(random.lognormvariate(-3.3, 0.5))
    if random.random() < 0.04:
        sonde.event("bank.queued", "somebody at the bank looks at it", order=order_id)
        time.sleep(1.5)
    if card.endswith("0002"):
        raise CardDeclined("insufficient funds")
    return f"auth-{random.randrange(16**8):08x}"
