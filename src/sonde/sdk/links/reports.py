"""What the log and the metric say of links that were stored or asked for, and of those that could not be."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from sonde.link_stores.interface import Entity, Link
from sonde.sdk.links.counts import count

_NAMED: Final = 10
"""Links of one call that a failure names one by one."""

_log: Final = logging.getLogger("sonde")


def stored(links: Sequence[Link]) -> None:
    """They are stored."""
    count("store", "stored", len(links))
    for link in links if _log.isEnabledFor(logging.DEBUG) else ():
        _log.debug("Telemetry stored: %s", _words(link.entity, link.record.run_id), extra=_extra(link))


def stored_without(links: Sequence[Link], has: str, lacks: str, why: object) -> None:
    """They are stored, in one of two stores."""
    first = links[0]
    _log.warning(
        "Telemetry stored in %s, not in %s: %s%s: %s",
        has,
        lacks,
        _words(first.entity, first.record.run_id),
        _and_more(len(links) - 1),
        why,
        extra=_extra(first),
    )


def not_stored(links: Sequence[Link], run_id: object, error: BaseException) -> None:
    """They are lost."""
    count("store", "failed", len(links))
    why = str(error) or type(error).__name__
    if not links:
        _log.warning("Telemetry storage failed: run_id=%s: %s", run_id, why)
    for at, link in enumerate(links[:_NAMED], 1):
        more = _and_more(len(links) - at) if at == _NAMED else ""
        words = _words(link.entity, run_id)
        _log.warning("Telemetry storage failed: %s%s: %s", words, more, why, extra=_extra(link))


def read(found: int, missing: int) -> None:
    """They were asked for, and the store has answered."""
    count("retrieve", "found", found)
    count("retrieve", "missing", missing)


def not_read(entities: Sequence[Entity], error: BaseException) -> None:
    """They were asked for, and the store has not answered."""
    count("retrieve", "failed", len(entities))
    what = "no entity"
    if entities:
        first = entities[0]
        what = f"entity_type={first.type} entity_id={first.id}{_and_more(len(entities) - 1)}"
    _log.warning("Telemetry retrieval failed: %s: %s", what, str(error) or "no answer in time")


def _words(entity: Entity, run_id: object) -> str:
    return f"entity_type={entity.type} entity_id={entity.id} run_id={run_id}"


def _and_more(number: int) -> str:
    return f" and {number} more" if number else ""


def _extra(link: Link) -> dict[str, str]:
    return {"entity_type": link.entity.type, "entity_id": link.entity.id, "run_id": link.record.run_id}
