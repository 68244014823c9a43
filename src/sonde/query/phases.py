"""The stretches of time that an orchestration spent in its phases. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from phase to phase; `before` is "" where it does not say."""

    at_ns: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Records:
    """What bears a phase: when the first record was, when the last of them ended, whether one still runs."""

    first_ns: int
    ended_ns: int
    is_running: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some time in a phase; `end_ns` is None while it goes on. `is_told`: a transition tells of it."""

    phase: str
    start_ns: int
    end_ns: int | None
    is_told: bool


def stretches(
    transitions: Iterable[Transition], records: Mapping[str, Records], *, start_ns: int, is_open: bool
) -> list[Stretch]:
    """The stretches, by their start.

    A transition ends the phase that it leaves. Several components may go through phases of their own: they
    overlap then, as do phases that no transition tells of, which reach from their first record to the end of
    their last.

    Args:
        transitions: in order of time; one that a second component tells again changes nothing.
        records: of every phase that a record bears.
        start_ns: the start of the orchestration, where a phase begins that nothing is known of but its end.
        is_open: whether the orchestration runs.
    """
    found: list[Stretch] = []
    begun: dict[str, int] = {}
    left: dict[str, int] = {}
    for each in transitions:
        before = each.before or (next(reversed(begun)) if begun and each.after not in begun else "")
        if each.after in begun and before not in begun:
            continue
        if before and before != each.after:
            start = begun.pop(before, None)
            if start is None:
                known = left.get(before, records[before].first_ns if before in records else start_ns)
                start = min(known, each.at_ns)
            found.append(Stretch(before, start, max(start, each.at_ns), is_told=True))
            left[before] = each.at_ns
        begun.setdefault(each.after, each.at_ns)
    for phase, start in begun.items():
        ended = max(start, records[phase].ended_ns) if phase in records else start
        found.append(Stretch(phase, start, None if is_open else ended, is_told=True))
    told = {each.phase for each in found}
    found += [
        Stretch(phase, each.first_ns, None if each.is_running else each.ended_ns, is_told=False)
        for phase, each in records.items()
        if phase not in told
    ]
    return sorted(found, key=lambda each: (each.start_ns, each.phase))
