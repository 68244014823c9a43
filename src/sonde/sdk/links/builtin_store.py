"""Links in the Sonde server, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

import httpx

from sonde.link_stores.interface import Entity, Found, Link, LinkStore, LinkStoreRefused
from sonde.records import TelemetryRecord, time_text

_AT_ONCE: Final = 1000


class BuiltinStore:
    """Asks `/api/v1/links`. To write needs a key with the scope `ingest`, to read one with `links`."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        timeout_s: float,
        connections: int,
        outside: bool = True,
    ) -> None:
        """`outside`: whether links in the server's Redis count as well; not where this program asks Redis."""
        self._query = "/api/v1/links/query" if outside else "/api/v1/links/query?outside=false"
        self._http = httpx.Client(
            base_url=url,
            headers=dict(headers),
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    @property
    def parts(self) -> Mapping[str, LinkStore]:
        """Itself."""
        return {"builtin": self}

    def check(self) -> None:
        """Ask for the links of nothing."""
        self._ask(self._query, {"entities": []})

    def put(self, links: Sequence[Link]) -> None:
        """Send them; on disk when this returns."""
        waiting = iter(links)
        while part := list(islice(waiting, 10 * _AT_ONCE)):
            self._ask("/api/v1/links", [_body(link) for link in part])

    def get(self, entities: Sequence[Entity]) -> list[Found | None]:
        """Ask for them."""
        found: list[Found | None] = []
        waiting = iter(entities)
        while part := list(islice(waiting, _AT_ONCE)):
            asked = {"entities": [{"type": each.type, "id": each.id} for each in part]}
            answers = self._ask(self._query, asked)["links"]
            found += [_found(each["link"]) if each["link"] else None for each in answers]
        return found

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, path: str, body: object) -> Any:
        answer = self._http.post(path, json=body)
        try:
            read = answer.json()
        except ValueError:
            raise LinkStoreRefused(f"the server answered {answer.status_code}") from None
        if answer.is_error:
            raise LinkStoreRefused(str(read.get("error", {}).get("message", answer.status_code)))
        return read


def _body(link: Link) -> dict[str, str]:
    body = {
        "type": link.entity.type,
        "id": link.entity.id,
        "runId": link.record.run_id,
        "runUrl": link.record.run_url,
        "traceId": link.record.trace_id,
        "recordedAt": time_text(link.record.recorded_at),
    }
    return {name: value for name, value in body.items() if value}


def _found(link: Mapping[str, Any]) -> Found:
    return Found(TelemetryRecord.from_json(link), str(link.get("url", "")))
