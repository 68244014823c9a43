"""Tasks for Celery workers, that know nothing of telemetry."""

import os
from typing import Any

from celery import Celery

app: Any = Celery("shop", broker=os.environ["REDIS"], backend=os.environ["REDIS"])
app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)


@app.task(name="shop.pay")
def pay(amount: int) -> int:
    return amount


@app.task(name="shop.charge", bind=True, max_retries=2, default_retry_delay=0.01)
def charge(self: Any, amount: int) -> int:
    if self.request.retries < 2:
        raise self.retry(exc=ConnectionError("bank is away"), countdown=0.01)
    task: Any = pay
    task.delay(amount)
    return amount
