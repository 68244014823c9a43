"""The worker: takes parcels off the queue and ships them, each in the trace of its order."""

from __future__ import annotations

import json
import logging
import os
import random
import threading
import time
from typing import Any

import httpx
import redis
from opentelemetry import metrics
from opentelemetry.instrumentation.utils import suppress_instrumentation

import sonde

sonde.configure(service_name="worker", service_version="2.0.0", environment="demo")
logging.basicConfig()
log = logging.getLogger("shop.worker")

queue = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
waiting = metrics.get_meter("shop").create_gauge("shop.queue.depth", "{parcel}", "Parcels to be shipped.")


class LabelPrinterJam(Exception):
    """It is out of paper again."""


def main() -> None:
    threading.Thread(target=restock_now_and_then, daemon=True).start()
    while True:
        with suppress_instrumentation():  # nobody wants to read spans of waiting
            message = queue.blpop(["parcels"], timeout=1)
            waiting.set(queue.llen("parcels"))
        if message:
            ship(json.loads(message[1]))


def ship(parcel: dict[str, Any]) -> None:
    """One attempt; a parcel that fails goes back to the queue."""
    order_id: str = parcel["order_id"]
    run_id = order_id.replace("ord_", "run_")
    try:
        with sonde.extract(parcel["context"]), sonde.run(run_id, job="ship", attempt=parcel["attempt"]):
            sonde.entity("order", order_id)
            with sonde.span("parcel.pack", items=parcel["items"]):
                time.sleep(0.02 * sum(parcel["items"].values()) + random.expovariate(40))
            print_label(order_id)
            sonde.event("parcel.shipped", f"order {order_id} left the house")
    except LabelPrinterJam as jam:
        log.warning("parcel for %s goes back to the queue: %s", order_id, jam)
        queue.rpush("parcels", json.dumps({**parcel, "attempt": parcel["attempt"] + 1}))


@sonde.traced("label.print")
def print_label(order_id: str) -> None:
    time.sleep(random.uniform(0.01, 0.04))
    if random.random() < 0.08:
        log.error("label printer jammed at order %s", order_id)
        raise LabelPrinterJam("out of paper")


@sonde.run(job="restock")
def restock() -> None:
    httpx.post(f"{os.environ['CATALOG_URL']}/products/restock", timeout=5).raise_for_status()


def restock_now_and_then() -> None:
    while True:
        time.sleep(45)
        try:
            restock()
        except httpx.HTTPError:
            log.exception("cannot restock")


if __name__ == "__main__":
    main()
