"""How links lie in Redis: keys, values, and the age that a time to live tells."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from sonde.link_stores.interface import Entity, Found, moment
from sonde.records import TelemetryRecord
from sonde.settings.run_pages import is_web_address


@dataclass(frozen=True, slots=True)
class RedisValues:
    """`telemetry:{type}:{id}` → `{"runId": …}`, for so many seconds."""

    namespace: str
    ttl_s: int

    def key(self, entity: Entity) -> str:
        """The key of an entity."""
        return f"{self.namespace}:{entity.type}:{entity.id}"

    def value(self, record: TelemetryRecord) -> str:
        """The value of a link; the address and the trace only where there are some."""
        value = {"runId": record.run_id, "runUrl": record.run_url, "traceId": record.trace_id}
        return json.dumps({name: each for name, each in value.items() if each}, ensure_ascii=False)

    def found(self, value: Any, left_ms: Any) -> Found | None:
        """The link in a value that has so many milliseconds left; None for what is not one.

        A link's age is what is gone of its time to live. One that never ends is as old as can be.
        """
        if value is None:
            return None
        try:
            read = json.loads(value)
            run_id = read["runId"]
        except (ValueError, KeyError, TypeError):
            return None
        if not isinstance(run_id, str) or not run_id:
            return None
        left = int(left_ms) if left_ms is not None else -1
        age_s = self.ttl_s - left / 1000 if left >= 0 else self.ttl_s
        url, trace = (str(read.get(name) or "") for name in ("runUrl", "traceId"))
        return Found(
            TelemetryRecord(
                run_id=run_id,
                run_url=url if is_web_address(url) else "",
                recorded_at=moment(time.time() - age_s),
                trace_id=trace,
            )
        )
