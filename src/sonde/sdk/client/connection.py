"""Which server a client speaks to, and what httpx makes of its requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from sonde.errors import ServerUnreachable
from sonde.sdk.client.calls import CONNECT_TIMEOUT_S, Answer, NoAnswer, Request, headers


@dataclass(frozen=True, slots=True)
class Connection:
    """A server's address, and how long to wait for its answers (seconds)."""

    url: str
    api_key: str
    timeout_s: float

    def options(self) -> dict[str, Any]:
        """What a client of httpx is made with."""
        return {
            "base_url": self.url,
            "headers": headers(self.api_key),
            "timeout": httpx.Timeout(self.timeout_s, connect=min(CONNECT_TIMEOUT_S, self.timeout_s)),
        }

    def sent(self, request: Request) -> dict[str, Any]:
        """A request as httpx takes it."""
        made: dict[str, Any] = {"method": request.method, "url": request.path, "params": dict(request.params)}
        if request.body is not None:
            made |= {"content": request.body, "headers": {"content-type": "application/json"}}
        if request.timeout_s is not None:
            made["timeout"] = httpx.Timeout(request.timeout_s, connect=CONNECT_TIMEOUT_S)
        return made

    def lost(self, error: httpx.HTTPError | httpx.InvalidURL) -> NoAnswer:
        """What became of a request without an answer."""
        timed_out = isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout)
        why = "no answer in time" if timed_out else str(error) or type(error).__name__
        hint = "is it running? `sonde doctor` looks for the cause"
        return NoAnswer(ServerUnreachable(f"cannot reach {self.url}: {why}", hint=hint), timed_out)


def connection(url: str | None, api_key: str | None, timeout_s: float) -> Connection:
    """The server named, else the one of the settings, else the one on this machine. Raises SettingError."""
    from sonde.settings import load

    settings = load({"url": url, "api_key": api_key})
    return Connection(settings.url or f"http://127.0.0.1:{settings.http_port}", settings.api_key, timeout_s)


def answer(response: httpx.Response) -> Answer:
    """A response of httpx, read whole."""
    return Answer(response.status_code, response.content, response.headers.get("retry-after", ""))
