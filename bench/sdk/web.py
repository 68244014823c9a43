"""A small FastAPI application, plain or with Sonde.

Run as `python -m bench.sdk.web PORT plain|sonde ENDPOINT`.
"""

from __future__ import annotations

import logging
import sys

import uvicorn
from fastapi import FastAPI

log = logging.getLogger("shop")


def main() -> None:
    port, side, endpoint = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    logging.basicConfig(level=logging.INFO, filename="/dev/null")
    if side == "sonde":
        import sonde

        sonde.configure(service_name="bench", endpoint=endpoint)
    app = FastAPI()

    @app.get("/orders/{number}")
    async def order(number: int) -> dict[str, object]:  # pyright: ignore[reportUnusedFunction] -- a route
        log.info("order %s read", number)
        return {"number": number, "items": [{"name": "tea", "price": 3.5}] * 5}

    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
