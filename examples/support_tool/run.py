"""An internal tool whose pages lead from business objects to the runs that processed them.

python examples/support_tool/run.py [--port 8090] [--lifetime 300] [--seconds N]
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from pages import STYLE, TITLES, Thing, home, related, thing_page

import sonde

PERIOD = "2026_01"


class Tool(ThreadingHTTPServer):
    """The server of the tool. Its key for Sonde (scope `links`) stays here."""

    daemon_threads = True

    def __init__(self, port: int, *, sonde_url: str, key: str, lifetime_s: int) -> None:
        super().__init__(("127.0.0.1", port), Pages)
        self.sonde_url = sonde_url
        self.links = sonde.Links(url=sonde_url, api_key=key or None)
        self._key = key
        self._lifetime_s = lifetime_s

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def token(self, things: list[Thing]) -> bytes:
        """A token of Sonde's for these things only, as Sonde answers it."""
        entities = [{"type": each.type, "id": each.id} for each in things]
        body = json.dumps({"entities": entities, "lifetimeS": self._lifetime_s}).encode()
        headers = {"content-type": "application/json"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(f"{self.sonde_url}/api/v1/links/tokens", body, headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read()

    def billing_run(self) -> list[Thing]:
        """The billing run that touched a payment last."""
        record = self.links.get_telemetry("payment", f"pym_{PERIOD}_1")
        return [Thing("billing_run", record.run_id)] if record else []


class Pages(BaseHTTPRequestHandler):
    """Answers the pages, and the token for each."""

    server: Tool

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        thing = Thing(asked.get("type", ""), asked.get("id", ""))
        kind, _, name = path.removeprefix("/").partition("/")
        if path == "/":
            self.answer(home(PERIOD, self.server.billing_run(), self.server.sonde_url))
        elif path == "/style.css":
            self.answer(STYLE, "text/css")
        elif path == "/open" and thing.type in TITLES:
            self.send_response(303)
            self.send_header("location", thing.path)
            self.end_headers()
        elif path == "/sonde-token" and thing.type in TITLES:
            # Whoever may see this page may know its runs: here the tool would look at who is signed in.
            self.token(thing)
        elif kind in TITLES and name:
            self.answer(thing_page(Thing(kind, unquote(name)), PERIOD, self.server.sonde_url))
        else:
            self.answer("There is nothing here.", "text/plain", 404)

    def token(self, thing: Thing) -> None:
        try:
            self.answer(self.server.token(related(thing, PERIOD)).decode(), "application/json")
        except (urllib.error.URLError, OSError) as error:
            status = error.code if isinstance(error, urllib.error.HTTPError) else 503
            self.answer(json.dumps({"error": str(error)}), "application/json", status)

    def answer(self, body: str, media_type: str = "text/html", status: int = 200) -> None:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.server.sonde_url))
        content = body.encode()
        self.send_response(status)
        self.send_header("content-type", f"{media_type}; charset=utf-8")
        self.send_header("content-length", str(len(content)))
        self.send_header("cache-control", "no-store")
        self.send_header(
            "content-security-policy",
            f"default-src 'self'; script-src {origin}; connect-src 'self' {origin}; img-src data:",
        )
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


def main() -> None:
    parser = argparse.ArgumentParser(description="An internal tool with links to runs.")
    parser.add_argument("--port", type=int, default=8090, help="0 picks a free one")
    parser.add_argument("--lifetime", type=int, default=300, help="of a token, in seconds")
    parser.add_argument("--seconds", type=float, default=None, help="end after so long")
    options = parser.parse_args()

    url = os.environ.get("SONDE_URL", "http://127.0.0.1:4318").rstrip("/")
    key = os.environ.get("SONDE_API_KEY", "")
    with Tool(options.port, sonde_url=url, key=key, lifetime_s=options.lifetime) as tool:
        print(f"Open {tool.url}/payment/pym_{PERIOD}_1", flush=True)
        threading.Thread(target=tool.serve_forever, daemon=True).start()
        try:
            threading.Event().wait(options.seconds)
        except KeyboardInterrupt:
            print("Stopped.")
        tool.shutdown()
        tool.links.close()


if __name__ == "__main__":
    main()
