"""The worker: takes parcels off the queue and ships them, each in the trace of its order."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterable
from types import FrameType

import database
import httpx
import telemetry
from opentelemetry import _logs, metrics, propagate, trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.metrics import CallbackOptions, Observation

telemetry.configure("worker")

log = logging.getLogger("shop.worker")
events = _logs.get_logger("shop.worker")
tracer = trace.get_tracer("shop.worker")

CATALOG = os.environ["CATALOG_URL"]
RESTOCK_EVERY_S = 45
stop = threading.Event()


class LabelPrinterJamError(Exception):
    """The label printer is out of paper again."""


def queue_depth(_: CallbackOptions) -> Iterable[Observation]:
    with suppress_instrumentation(), database.cursor("orders") as db:
        yield Observation(db.execute("SELECT count(*) FROM parcels WHERE done = 0").fetchone()[0])


metrics.get_meter("shop.worker").create_observable_gauge(
    "shop.queue.depth", callbacks=[queue_depth], unit="{parcel}", description="Parcels waiting to be shipped."
)


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    restock_at = time.monotonic() + RESTOCK_EVERY_S
    while not stop.is_set():
        parcel = next_parcel()
        if parcel is None:
            stop.wait(0.3)
        else:
            ship(*parcel)
        if time.monotonic() >= restock_at:
            restock_at += RESTOCK_EVERY_S
            restock()


def ask_to_stop(number: int, frame: FrameType | None) -> None:
    stop.set()


def next_parcel() -> tuple[int, str, str, int, str, int] | None:
    """The oldest parcel that waits. Polling makes no spans: nobody wants to read them."""
    with suppress_instrumentation():
        try:
            with database.cursor("orders") as db:
                return db.execute(
                    "SELECT id, order_id, sku, quantity, context, attempts FROM parcels"
                    " WHERE done = 0 ORDER BY id"
                ).fetchone()
        except sqlite3.OperationalError:  # the table is made by the orders service, which may start later
            return None


def ship(parcel_id: int, order_id: str, sku: str, quantity: int, context: str, attempts: int) -> None:
    """One attempt; a parcel that fails stays in the queue."""
    parent = propagate.extract(json.loads(context))
    attributes = {"shop.order.id": order_id, "shop.sku": sku, "shop.attempt": attempts + 1}
    try:
        with tracer.start_as_current_span(
            "parcels process", context=parent, kind=trace.SpanKind.CONSUMER, attributes=attributes
        ):
            with tracer.start_as_current_span("parcel.pack"):
                time.sleep(0.02 * quantity + random.expovariate(40))
            with tracer.start_as_current_span("label.print"):
                print_label(order_id)
            with database.cursor("orders") as db:
                db.execute("UPDATE parcels SET done = 1 WHERE id = ?", (parcel_id,))
            events.emit(
                event_name="parcel.shipped",
                severity_number=SeverityNumber.INFO,
                severity_text="INFO",
                body=f"order {order_id} left the house",
                attributes={"shop.order.id": order_id, "shop.sku": sku},
            )
    except LabelPrinterJamError:
        log.warning("parcel for %s goes back to the queue", order_id)
        with suppress_instrumentation(), database.cursor("orders") as db:
            db.execute("UPDATE parcels SET attempts = attempts + 1 WHERE id = ?", (parcel_id,))


def print_label(order_id: str) -> None:
    time.sleep(random.uniform(0.01, 0.04))
    if random.random() < 0.08:
        log.error("label printer jammed at order %s", order_id)
        raise LabelPrinterJamError("out of paper")


def restock() -> None:
    with tracer.start_as_current_span("stock.refill"):
        try:
            httpx.post(f"{CATALOG}/products/restock", timeout=5).raise_for_status()
        except httpx.HTTPError:
            log.exception("cannot restock")


if __name__ == "__main__":
    main()
