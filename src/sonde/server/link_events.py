"""Links that somebody stores directly, as the events that they are: OTLP, by the same way in as all else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sonde import semconv
from sonde.decode.links import AHEAD_NS
from sonde.query.links import Entity, Touch

SERVICE: Final = "sonde-links"
"""`service.name` of these events."""

_IDS_OF_AN_EVENT: Final = 1000
_INFO: Final = 9


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be stored."""

    entity: Entity
    touch: Touch

    @classmethod
    def of(
        cls, entity: Entity, *, run_id: str, trace_id: str, run_url: str, at_ns: int, now_ns: int
    ) -> NewLink:
        """The link, with what will be read of it: the decoder treats it alike."""
        at_ns = now_ns if at_ns > now_ns + AHEAD_NS else at_ns
        url = run_url if len(run_url) <= semconv.MAX_RUN_URL_CHARS else ""
        return cls(entity, Touch(run_id, trace_id, url, at_ns, at_ns))


def otlp_json(links: Iterable[NewLink]) -> bytes:
    """A request of logs with an event for each run and moment; it bears all entities of these."""
    by_run: dict[Touch, dict[str, list[str]]] = {}
    for link in links:
        by_run.setdefault(link.touch, {}).setdefault(link.entity.type, []).append(link.entity.id)
    records = [_event(touch, touched) for touch, types in by_run.items() for touched in _in_parts(types)]
    resource = {"attributes": [_attribute(semconv.SERVICE_NAME, SERVICE)]}
    scopes = [{"scope": {"name": "sonde"}, "logRecords": records}]
    return orjson.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": scopes}]})


def _in_parts(types: dict[str, list[str]]) -> Iterator[dict[str, list[str]]]:
    """At most so many ids of a type at a time."""
    left = types
    while left:
        yield {kind: ids[:_IDS_OF_AN_EVENT] for kind, ids in left.items()}
        left = {kind: ids[_IDS_OF_AN_EVENT:] for kind, ids in left.items() if len(ids) > _IDS_OF_AN_EVENT}


def _event(touch: Touch, touched: dict[str, list[str]]) -> dict[str, Any]:
    said = {semconv.RUN_ID: touch.run_id, semconv.RUN_URL: touch.run_url}
    entities = [
        {
            "key": semconv.ENTITY_PREFIX + kind,
            "value": {"arrayValue": {"values": [{"stringValue": each} for each in ids]}},
        }
        for kind, ids in touched.items()
    ]
    return {
        "timeUnixNano": str(touch.last_ns),
        "observedTimeUnixNano": str(touch.last_ns),
        "severityNumber": _INFO,
        "severityText": "INFO",
        "eventName": semconv.ENTITY_EVENT,
        "traceId": touch.trace_id,
        "attributes": [*(_attribute(key, value) for key, value in said.items() if value), *entities],
    }


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}
