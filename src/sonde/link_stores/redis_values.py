"""How links lie in Redis: keys, values, and the age that a time to live tells."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any, Final

from sonde.link_stores.interface import Entity, Found, moment
from sonde.records import TelemetryRecord
from sonde.settings.run_pages import is_web_address

MAX_RUN_ID_CHARS: Final = 1000
"""What is longer is no id of a run: Sonde's are cut to this."""

_TRACE_ID: Final = re.compile("(?!0{32})[0-9a-f]{32}")


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
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        if not isinstance(run_id, str) or not 0 < len(run_id) <= MAX_RUN_ID_CHARS or not _is_text(run_id):
            return None
        url, trace = read.get("runUrl"), read.get("traceId")
        return Found(
            TelemetryRecord(
                run_id=run_id,
                run_url=url if isinstance(url, str) and is_web_address(url) and _is_text(url) else "",
                recorded_at=moment(time.time() - self._age_s(left_ms)),
                trace_id=trace if isinstance(trace, str) and _TRACE_ID.fullmatch(trace) else "",
            )
        )

    def _age_s(self, left_ms: Any) -> float:
        left = left_ms if isinstance(left_ms, int) else 0
        # What has more left than it may have was written with another time to live: just now, at the latest.
        return self.ttl_s - min(max(0, left), 1000 * self.ttl_s) / 1000


def _is_text(value: str) -> bool:
    """Whether it can be sent and stored: half a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
