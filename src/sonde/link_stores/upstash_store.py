"""Links in Upstash's Redis, by its REST API.

Source: Upstash, "REST API": a command is a JSON array sent to `/`, several go to `/pipeline`; an answer is
`{"result": …}` or `{"error": …}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import httpx

from sonde.link_stores.interface import Entity, Found, Link, LinkStore, LinkStoreRefused
from sonde.link_stores.redis_values import RedisValues


class UpstashStore:
    """Needs nothing beside httpx."""

    def __init__(
        self, url: str, token: str, values: RedisValues, *, timeout_s: float, connections: int
    ) -> None:
        self._values = values
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"authorization": f"Bearer {token}"},
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    @property
    def parts(self) -> Mapping[str, LinkStore]:
        """Itself."""
        return {"upstash": self}

    def check(self) -> None:
        """`PING`."""
        self._run([["PING"]])

    def put(self, links: Sequence[Link]) -> None:
        """`SET key value EX …` for each, in one request."""
        self._run([self._set(link) for link in links])

    def get(self, entities: Sequence[Entity]) -> list[Found | None]:
        """`GET` and `PTTL` of each, in one request."""
        commands = [[name, self._values.key(entity)] for entity in entities for name in ("GET", "PTTL")]
        answers = self._run(commands)
        return [
            self._values.found(value, left) for value, left in zip(answers[::2], answers[1::2], strict=True)
        ]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _set(self, link: Link) -> list[str | int]:
        value = self._values.value(link.record)
        return ["SET", self._values.key(link.entity), value, "EX", self._values.ttl_s]

    def _run(self, commands: list[Any]) -> list[Any]:
        single = len(commands) == 1
        answer = self._http.post("/" if single else "/pipeline", json=commands[0] if single else commands)
        try:
            body = answer.json()
        except ValueError:
            raise LinkStoreRefused(f"Upstash answered {answer.status_code}") from None
        results: list[Any] = cast("list[Any]", body) if isinstance(body, list) else [body]
        if not all(isinstance(each, dict) for each in results):
            raise LinkStoreRefused(f"Upstash answered {answer.status_code}, and no results")
        # A key that holds a list or the like is no link of ours.
        errors = (str(each["error"]) for each in results if "error" in each)
        wrong = next((each for each in errors if not each.startswith("WRONGTYPE")), None)
        if wrong is not None or answer.is_error:
            raise LinkStoreRefused(f"Upstash answered {answer.status_code}: {wrong}")
        if len(results) != len(commands):
            raise LinkStoreRefused(f"Upstash answered {len(results)} of {len(commands)} commands")
        return [each.get("result") for each in results]
