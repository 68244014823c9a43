"""Where the list of traces is found: rows with a trace and a time at or after its start, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sonde.query.search import EVERYTHING, Condition, Node, condition
from sonde.query.search.tree import Equals, Term
from sonde.query.statements import statement
from sonde.query.time import MAX_NS, SECOND_NS, TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

# Reading the columns of the answer late costs more here than it saves: they are those of the order.
NOT_LAZY = {"query_plan_max_limit_for_lazy_materialization": 0}

_FIRST_LOOK_ROWS = 2_000
_LOOK_GROWTH = 16


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of rows: by time, then trace id; the newest comes first."""

    at_ns: int
    trace_id: str

    def is_before(self, other: Place) -> bool:
        """Whether this place comes first in a list."""
        return (self.at_ns, self.trace_id) > (other.at_ns, other.trace_id)


TOP = Place(MAX_NS, "~")


def just_from(at_ns: int) -> Place:
    """The place after which every row of this time comes: `~` is greater than any id."""
    return Place(at_ns, "~")


class Source(Protocol):
    """Finds rows of traces."""

    rows_per_trace: int
    """How many rows of a trace to expect."""

    def rows(self, range_: TimeRange, after: Place, leave_out: Sequence[str], limit: int) -> list[Place]:
        """At most `limit` rows after a place, newest first, but those of the traces to leave out.

        Fewer than `limit` mean that there are no more.
        """
        ...

    def matching(self, trace_ids: Sequence[str], range_: TimeRange, since_ns: int, until_ns: int) -> set[str]:
        """Those of the traces that match when only newest versions of spans count."""
        ...


def source_of(database: Database, node: Node) -> Source:
    """The cheapest source for a search."""
    if node == EVERYTHING:
        return Summaries(database, "")
    if (
        isinstance(node, Term)
        and node.key == "service"
        and isinstance(node.match, Equals)
        and node.match.value
    ):
        return Summaries(database, node.match.value)
    return Spans(database, condition(node, "spans"))


class Summaries:
    """All traces, or those with a span of one service, from the table of summaries."""

    rows_per_trace = 2

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service

    def rows(self, range_: TimeRange, after: Place, leave_out: Sequence[str], limit: int) -> list[Place]:
        """See Source."""
        if not self._service:
            return self._rows("summaries_latest", range_, after, leave_out, limit, {})
        # The services of the newest traces only are read, as far back as it takes.
        look = _FIRST_LOOK_ROWS + 8 * limit
        while True:
            oldest = self._rows("summaries_nth", range_, after, leave_out, look, {})
            params = {"service": self._service, "floor": oldest[0].at_ns if oldest else range_.since_ns}
            found = self._rows("summaries_of_service", range_, after, leave_out, limit, params)
            if not oldest or len(found) == limit:
                return found
            look *= _LOOK_GROWTH

    def matching(self, trace_ids: Sequence[str], range_: TimeRange, since_ns: int, until_ns: int) -> set[str]:
        """See Source: a version that replaces another does not change a span's service."""
        return set(trace_ids)

    def _rows(
        self,
        name: str,
        range_: TimeRange,
        after: Place,
        leave_out: Sequence[str],
        limit: int,
        params: Mapping[str, object],
    ) -> list[Place]:
        return _read(self._database, statement(name), range_, after, leave_out, {**params, "limit": limit})


class Spans:
    """Traces with a span that matches a condition."""

    rows_per_trace = 16

    def __init__(self, database: Database, wanted: Condition) -> None:
        self._database = database
        self._wanted = wanted

    def rows(self, range_: TimeRange, after: Place, leave_out: Sequence[str], limit: int) -> list[Place]:
        """See Source."""
        sql = statement("traces_of_spans", condition=self._wanted.sql)
        params = {**self._wanted.params, "limit": limit}
        return _read(self._database, sql, range_, after, leave_out, params)

    def matching(self, trace_ids: Sequence[str], range_: TimeRange, since_ns: int, until_ns: int) -> set[str]:
        """See Source."""
        rows = self._database.query(
            statement("traces_matching", condition=self._wanted.sql),
            {
                **self._wanted.params,
                "since": max(range_.since_ns, since_ns),
                "until": min(range_.until_ns, until_ns + SECOND_NS)
                if until_ns < MAX_NS - SECOND_NS
                else MAX_NS,
                "trace_ids": list(trace_ids),
            },
            settings={"do_not_merge_across_partitions_select_final": 1},
        ).rows
        return {row[0] for row in rows}


def _read(
    database: Database,
    sql: str,
    range_: TimeRange,
    after: Place,
    leave_out: Sequence[str],
    params: Mapping[str, object],
) -> list[Place]:
    rows = database.query(
        sql,
        {
            **range_.params,
            **params,
            "after_at": after.at_ns,
            "after_id": after.trace_id,
            "leave_out": list(leave_out),
        },
        settings=NOT_LAZY,
    ).rows
    return [Place(row[0], row[1]) for row in rows]
