"""The same shop, that configures Sonde itself when it is imported, after its framework; and sends at once."""

from tests.sdk.instrument.programs.fastapi_app import app

import sonde

sonde.configure(service_name="shop")
with sonde.span("shop.open"):
    pass
sonde.flush()

__all__ = ["app"]
