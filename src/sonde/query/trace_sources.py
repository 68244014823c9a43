"""Where the list of traces is found: rows with a trace and a time at or after its start, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sonde.query.search import EVERYTHING, Condition, Node, condition
from sonde.query.search.tree import Equals, Term
from sonde.query.statements import INDEXES_FIRST, ONE_THREAD, statement
from sonde.query.time import TimeRange

if TYPE_CHECKING:
    from sonde.store import Database

# Reading the columns of the answer late costs more here than it saves: they are those of the order.
NOT_LAZY = {"query_plan_max_limit_for_lazy_materialization": 0}
FINAL = {"do_not_merge_across_partitions_select_final": 1}


class Row(NamedTuple):
    """A row of a trace; of a span that matched, its version."""

    at_ns: int
    trace_id: str
    version: int


class Source(Protocol):
    """Finds rows of traces."""

    rows_per_trace: int
    """How many rows of a trace to expect."""

    def rows(self, range_: TimeRange, last_ns: int, leave_out: Sequence[str], limit: int) -> list[Row]:
        """At most `limit` rows, the newest first, none after `last_ns`, none of the traces to leave out.

        Fewer than `limit` mean that there are no more.
        """
        ...

    checks_versions: bool
    """Whether a row may be of a version that is no longer the newest."""

    def matching(self, trace_ids: Sequence[str], range_: TimeRange) -> set[str]:
        """Those of the traces that match when only newest versions of spans count."""
        ...


def source_of(database: Database, node: Node) -> Source:
    """The cheapest source for a search."""
    if node == EVERYTHING:
        return Starts(database, "")
    match node:
        case Term("service", Equals(service)) if service:
            return Starts(database, service)
        case _:
            return Spans(database, condition(node, "spans"))


class Starts:
    """All traces, or those with a span of one service, from the table that is in the list's order."""

    rows_per_trace = 2
    checks_versions = False

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service

    def rows(self, range_: TimeRange, last_ns: int, leave_out: Sequence[str], limit: int) -> list[Row]:
        """See Source."""
        params: dict[str, object] = {**range_.params, "last": last_ns, "limit": limit}
        if not self._service:
            return _read(self._database, "trace_starts", {"service": ""}, params, leave_out, ONE_THREAD)
        parts = {"service": "AND has(Services, {service:String})"}
        params["service"] = self._service
        return _read(self._database, "trace_starts", parts, params, leave_out, ONE_THREAD)

    def matching(self, trace_ids: Sequence[str], range_: TimeRange) -> set[str]:
        """See Source: a version that replaces another does not change a span's service."""
        return set(trace_ids)


class Spans:
    """Traces with a span that matches a condition."""

    rows_per_trace = 16
    checks_versions = True

    def __init__(self, database: Database, wanted: Condition) -> None:
        self._database = database
        self._wanted = wanted

    def rows(self, range_: TimeRange, last_ns: int, leave_out: Sequence[str], limit: int) -> list[Row]:
        """See Source."""
        params = {**self._wanted.params, **range_.params, "last": last_ns, "limit": limit}
        parts = {"condition": self._wanted.sql}
        return _read(self._database, "traces_of_spans", parts, params, leave_out, INDEXES_FIRST)

    def matching(self, trace_ids: Sequence[str], range_: TimeRange) -> set[str]:
        """See Source."""
        rows = self._database.query(
            statement("traces_matching", condition=self._wanted.sql),
            {**self._wanted.params, **range_.params, "trace_ids": list(trace_ids)},
            settings=FINAL,
        ).rows
        return {row[0] for row in rows}


def _read(
    database: Database,
    name: str,
    parts: Mapping[str, str],
    params: Mapping[str, object],
    leave_out: Sequence[str],
    settings: Mapping[str, object],
) -> list[Row]:
    others = "AND TraceId NOT IN {leave_out:Array(String)}" if leave_out else ""
    bound = {**params, "leave_out": list(leave_out)} if leave_out else params
    rows = database.query(
        statement(name, others=others, **parts), bound, settings={**NOT_LAZY, **settings}
    ).rows
    return [Row(*row) for row in rows]
