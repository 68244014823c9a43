"""A customer's system: takes webhooks; for one payment in three it is overloaded at first.

python receiver.py --port PORT
"""

from __future__ import annotations

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.trace import SpanKind

import sonde


class Receiver(BaseHTTPRequestHandler):
    """The standard library's server has no instrumentation: the trace is continued by hand."""

    def do_GET(self) -> None:
        self.answer(200)

    def do_POST(self) -> None:
        context = sonde.extract(dict(self.headers))
        with sonde.span("POST /hooks", _parent=context, _kind=SpanKind.SERVER) as span:
            hook = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            overloaded = hook["attempt"] == 1 and int(hook["payment"].rpartition("_")[2]) % 3 == 1
            status = 503 if overloaded else 200
            span.set({"http.response.status_code": status, "http.request.method": "POST"})
            if overloaded:
                sonde.event("hook.refused", "overloaded", severity="warn")
            self.answer(status)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Its spans say it all."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    sonde.configure(service_name="customer-system")
    ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Receiver).serve_forever()


if __name__ == "__main__":
    main()
