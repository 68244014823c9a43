"""A shop in Flask, that knows nothing of telemetry."""

import os
import sqlite3
import time
from collections.abc import Iterator

import requests
from flask import Flask, Response, request, stream_with_context

app = Flask(__name__)


@app.before_request
def turn_away() -> tuple[str, int] | None:
    return ("no", 401) if request.args.get("token") == "wrong" else None


@app.get("/orders/<int:number>")
def order(number: int) -> dict[str, int]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE orders (id INTEGER, owner TEXT)")
    connection.cursor().execute("SELECT * FROM orders WHERE owner = 'alice@example.com'")
    connection.close()
    return {"number": number, "pid": os.getpid()}


@app.get("/calls")
def calls() -> dict[str, int]:
    return {"status": requests.get(os.environ["OTHER"], timeout=5).status_code}


@app.get("/stream")
def stream() -> Response:
    def pieces() -> Iterator[str]:
        for number in range(3):
            connection = sqlite3.connect(":memory:")
            connection.execute(f"SELECT {number}")
            connection.close()
            yield str(number)

    return Response(stream_with_context(pieces()))


@app.get("/slow")
def slow() -> str:
    time.sleep(0.7)
    return "done"


@app.get("/fails")
def fails() -> str:
    raise LookupError("no such order")
