"""Sends tasks from a process of its own, under a correlation id, and waits for their results."""

import sys

from tests.sdk.instrument.programs.celery_tasks import app

import sonde

sonde.configure(service_name="sender")
count = int(sys.argv[1])
pay, charge = app.tasks["shop.pay"], app.tasks["shop.charge"]
with sonde.correlation("corr_billing"), sonde.span("billing.run"):
    results = [pay.delay(number) for number in range(count)]
    retried = charge.delay(7)
    app.send_task("shop.pay", [99]).get(timeout=20)
    app.send_task("task.of.another.program", [], queue="elsewhere")
    with sonde.span("billing.wait"):
        print([result.get(timeout=20) for result in (*results, retried)])
