"""Payments: asks a bank, which sometimes declines and sometimes takes its time."""

from __future__ import annotations

import logging
import random
import time

import telemetry
import web
from fastapi import FastAPI, HTTPException
from opentelemetry import _logs, trace
from opentelemetry._logs import SeverityNumber
from pydantic import BaseModel

telemetry.configure("payments")

app = FastAPI(title="Payments")
log = logging.getLogger("shop.payments")
events = _logs.get_logger("shop.payments")
tracer = trace.get_tracer("shop.payments")


class Charge(BaseModel):
    order_id: str
    amount_cents: int
    card: str


class CardDeclinedError(Exception):
    """The bank will not pay."""


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/charges")
def charge(request: Charge) -> dict[str, str]:
    try:
        authorization = ask_bank(request)
    except CardDeclinedError as declined:
        events.emit(
            event_name="payment.declined",
            severity_number=SeverityNumber.WARN,
            severity_text="WARN",
            body=f"card declined for order {request.order_id}",
            attributes={"shop.order.id": request.order_id, "shop.reason": str(declined)},
        )
        raise HTTPException(402, str(declined)) from declined
    log.info("charged %.2f EUR for order %s", request.amount_cents / 100, request.order_id)
    return {"authorization": authorization}


def ask_bank(request: Charge) -> str:
    """The bank's answer, as a client span made by hand: no instrumentation knows this bank."""
    attributes = {
        "server.address": "bank.example",
        "shop.amount_cents": request.amount_cents,
        "shop.card": f"…{request.card[-4:]}",
    }
    with tracer.start_as_current_span(
        "bank.authorize", kind=trace.SpanKind.CLIENT, attributes=attributes
    ) as span:
        time.sleep(random.lognormvariate(-3.3, 0.5))
        if random.random() < 0.04:
            span.add_event("bank.queued", {"shop.queue": "manual review"})
            time.sleep(1.5)
        if request.card.endswith("0002"):
            raise CardDeclinedError("insufficient funds")
        return f"auth-{random.randrange(16**8):08x}"


if __name__ == "__main__":
    web.serve(app)
