"""What the workers do. A billing run charges payments; one that is paid has an invoice, a webhook and a
notification."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

import httpx
import ledger
from app import app
from celery import group
from fpdf import FPDF

import sonde

log = logging.getLogger("billing")

RECEIVER_URL = os.environ.get("BILLING_RECEIVER", "http://127.0.0.1:8000")
# Where Flower or another dashboard shows a task; without one, links lead to the run's page in Sonde.
DASHBOARD = os.environ.get("BILLING_DASHBOARD", "")


class BankTimeout(Exception):
    """The bank did not answer in time."""


class CardDeclined(Exception):
    """The bank will not pay, now or later."""


class Bounced(Exception):
    """Nobody has this address."""


def part_of(run_id: str, task: Any) -> Any:
    """The run that a task is part of, as an attempt of it."""
    attempt = task.request.retries + 1
    url = f"{DASHBOARD}/task/{{run_id}}" if DASHBOARD else None
    return sonde.run(run_id, job=task.name, url=url, attempt=attempt)


@app.task(bind=True, name="billing_run")
def billing_run(self: Any, run_id: str, period: str) -> None:
    """Bill a period."""
    with part_of(run_id, self):
        due = ledger.open_period(period)
        sonde.entities(
            {"billing_run": run_id, "billing_period": period, "payment": [payment.id for payment in due]}
        )
        log.info("%d payments are due in %s", len(due), period)
        group(charge.si(run_id, payment.id) for payment in due).apply_async()


@app.task(bind=True, name="charge", max_retries=3, default_retry_delay=0.2)
def charge(self: Any, run_id: str, payment_id: str) -> None:
    """Take the money; what comes after a payment begins."""
    with part_of(run_id, self):
        sonde.entity("payment", payment_id)
        payment = ledger.payment(payment_id)
        try:
            ask_bank(payment, self.request.retries)
        except BankTimeout as error:
            log.warning("%s: %s; attempt %d", payment_id, error, self.request.retries + 1)
            raise self.retry(exc=error) from error
        except CardDeclined as error:
            ledger.settle(payment_id, "declined")
            history(payment_id, f"payment declined: {error}")
            ledger.expect(payment_id, ("notification", f"ntf_{payment_id}"))
            notify.delay(run_id, payment_id, f"ntf_{payment_id}")
            raise
        ledger.settle(payment_id, "paid")
        history(payment_id, "payment received")
        ledger.expect(
            payment_id,
            ("invoice", f"inv_{payment_id}"),
            ("webhook", f"whk_{payment_id}"),
            ("notification", f"ntf_{payment_id}"),
        )
        invoice.delay(run_id, payment_id, f"inv_{payment_id}")
        webhook.delay(run_id, payment_id, f"whk_{payment_id}")


@app.task(bind=True, name="invoice")
def invoice(self: Any, run_id: str, payment_id: str, invoice_id: str) -> None:
    """Print the invoice; the customer hears of it."""
    with part_of(run_id, self):
        sonde.entities({"invoice": invoice_id, "payment": payment_id})
        payment = ledger.payment(payment_id)
        with sonde.span("invoice.print") as span:
            pdf = FPDF()
            pdf.add_page()
            pdf.set_font("Helvetica", size=16)
            pdf.cell(text=f"Invoice {invoice_id}", new_x="LMARGIN", new_y="NEXT")
            pdf.set_font("Helvetica", size=11)
            pdf.cell(text=f"{payment.customer}, {payment.period}: {payment.cents / 100:.2f} CHF")
            data = bytes(pdf.output())
            (ledger.FOLDER / f"{invoice_id}.pdf").write_bytes(data)
            span.set(size_bytes=len(data))
        ledger.delivered(invoice_id, "done")
        history(payment_id, "invoice printed")
        notify.delay(run_id, payment_id, f"ntf_{payment_id}")


@app.task(bind=True, name="webhook", max_retries=5, default_retry_delay=0.2)
def webhook(self: Any, run_id: str, payment_id: str, webhook_id: str) -> None:
    """Tell the customer's system."""
    with part_of(run_id, self):
        sonde.entities({"webhook": webhook_id, "payment": payment_id})
        body = {"id": webhook_id, "payment": payment_id, "attempt": self.request.retries + 1}
        try:
            httpx.post(f"{RECEIVER_URL}/hooks", json=body, timeout=5).raise_for_status()
        except httpx.HTTPError as error:
            log.warning("%s was not taken: %s", webhook_id, error)
            raise self.retry(exc=error) from error
        ledger.delivered(webhook_id, "done")


@app.task(bind=True, name="notify")
def notify(self: Any, run_id: str, payment_id: str, notification_id: str) -> None:
    """Write to the customer. An address that bounces is given up."""
    with part_of(run_id, self):
        sonde.entities({"notification": notification_id, "payment": payment_id})
        customer = ledger.payment(payment_id).customer
        if customer == "eve":
            ledger.delivered(notification_id, "given up")
            raise Bounced("mailbox unavailable")
        with (ledger.FOLDER / "outbox.txt").open("a") as outbox:
            outbox.write(f"{notification_id} to {customer}\n")
        ledger.delivered(notification_id, "done")


def ask_bank(payment: ledger.Payment, retries: int) -> None:
    """Raises BankTimeout, or CardDeclined."""
    with sonde.span("bank.charge", cents=payment.cents):
        time.sleep(0.02)
        if payment.customer == "cyd" and retries < 2:
            raise BankTimeout("no answer within 20 ms")
        if payment.customer == "dan":
            raise CardDeclined("insufficient funds")


def history(payment_id: str, what: str) -> None:
    """A line in the customer's history, and an event."""
    number = ledger.insert_event(payment_id, what)
    sonde.event("billing.history", what, attributes={"sonde.entity.event": f"evt_{number}"})
