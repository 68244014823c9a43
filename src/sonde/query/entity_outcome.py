"""How it went for one entity: what became of the spans that name it, whatever else their run did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sonde.query.entity_answers import EntityStep
from sonde.query.link_answers import EntityOutcome

# A failure is never hidden by what went well; what was skipped counts only where nothing was done.
_RANKS: Final = {"skipped": 0, "success": 1, "blocked": 3, "running": 4, "error": 5}
_OTHER: Final = 2


def outcome(steps: Iterable[EntityStep]) -> EntityOutcome | None:
    """The outcome of some spans that name the entity, None without any.

    Each part of the work (a job, or outside of jobs an operation) ended as its last attempt did; of the parts
    the worst tells the outcome. Spans that name the entity alone count before those that name it with others.
    """
    spans = [each for each in steps if each["kind"] == "span"]
    alone = [each for each in spans if not each["others"]]
    last: dict[tuple[str, str], EntityStep] = {}
    for each in sorted(alone or spans, key=lambda step: (step["attempt"], int(step["unixNs"]))):
        last[each["service"], each["job"] or each["name"]] = each
    if not last:
        return None
    worst = max(last.values(), key=lambda step: (_RANKS.get(step["status"], _OTHER), int(step["unixNs"])))
    return {
        "status": worst["status"],
        "message": worst["text"],
        "operation": worst["name"],
        "attempts": max(1, *(each["attempt"] for each in last.values())),
    }
