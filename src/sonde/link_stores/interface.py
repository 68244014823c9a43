"""The interface of a store of links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from sonde.records import TelemetryRecord


class Entity(NamedTuple):
    """A business object."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link to be stored."""

    entity: Entity
    record: TelemetryRecord


@dataclass(frozen=True, slots=True)
class Found:
    """A link that was read; `url` where the store itself knows the run's page."""

    record: TelemetryRecord
    url: str = ""


class LinkStore(Protocol):
    """Keeps links. Any thread may call it; whatever is wrong is raised."""

    @property
    def parts(self) -> Mapping[str, LinkStore]:
        """The stores that it consists of, by what they are: `builtin`, `redis`, `upstash`."""
        ...

    def check(self) -> None:
        """Ask whether it answers, and this program may use it; nothing is read."""
        ...

    def put(self, links: Sequence[Link]) -> None:
        """Keep these, all in one exchange."""
        ...

    def get(self, entities: Sequence[Entity]) -> list[Found | None]:
        """The link of each, in the same order; None where there is none."""
        ...

    def close(self) -> None:
        """Let connections go."""
        ...


class LinkStoreRefused(Exception):
    """The store answered, and that it does not do it."""


def newer(one: Found | None, other: Found | None) -> Found | None:
    """The newer of two links. Of the same run the first, which is Sonde's and knows more."""
    if one is None or other is None:
        return one or other
    if one.record.run_id == other.record.run_id:
        return one
    return one if one.record.recorded_at >= other.record.recorded_at else other


def moment(unix_s: float) -> datetime:
    """A time in UTC."""
    return datetime.fromtimestamp(unix_s, UTC)
