"""The same tasks; Sonde is configured when a worker imports them, and sends before the pool is forked."""

from tests.sdk.instrument.programs.celery_tasks import app

import sonde

sonde.configure(service_name="shop")
with sonde.span("shop.open"):
    pass
sonde.flush()

__all__ = ["app"]
