"""What is past its time goes: the same for the schedule, the internal endpoint, `sonde cleanup` and the page.

A cleaning is planned first, which changes nothing, and shows how many records would go by which rule; running
it removes these. What is derived from spans goes before them, so one that was killed half-way is made good by
the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sonde.jobs.retention_rules import TableRules
from sonde.query.time import DAY_NS, HOUR_NS, MAX_NS, MIN_NS, SECOND_NS

if TYPE_CHECKING:
    from sonde.store import Database, Store

_TIMEOUT_S: Final = 600.0
# All versions of a span are in one.
_ONE_PARTITION: Final = {"do_not_merge_across_partitions_select_final": 1}
# What came in one block of a trace begins within so long.
_BLOCK_NS: Final = 6 * HOUR_NS


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records a cleaning looks at.

    `now_ns`: what ages are counted from. `component`: of this one only. `arrived_before_ns`: none that came
    in later, however old it says it is.
    """

    now_ns: int
    component: str = ""
    arrived_before_ns: int | None = None

    def cutoff_ns(self, days: float) -> int:
        """What is kept for so many days and is older than this goes."""
        return max(MIN_NS, self.now_ns - round(days * DAY_NS))


@dataclass(frozen=True, slots=True)
class Removal:
    """How many records of a table go by a rule: those before `cutoff_ns` (Unix)."""

    table: str
    kind: str
    days: float
    cutoff_ns: int
    rows: int


@dataclass(slots=True)
class _Partition:
    """A partition of which something goes: how much by the number of its rule, and from when to when."""

    id: str
    rows: dict[int, int] = field(default_factory=dict[int, int])
    first_ns: int = 0
    last_ns: int = 0

    def is_day_before(self, cutoff_ns: int) -> bool:
        """Whether it is one day, and that had ended."""
        if len(self.id) != 8 or self.id.endswith("0000"):
            return False
        ended = datetime.strptime(self.id, "%Y%m%d").replace(tzinfo=UTC) + timedelta(days=1)
        return ended.timestamp() * SECOND_NS <= cutoff_ns


@dataclass(frozen=True, slots=True)
class _Planned:
    """What goes of one table."""

    rules: TableRules
    cutoffs_ns: tuple[int, ...]
    partitions: tuple[_Partition, ...]
    rows: int = 0
    """Of a table whose partitions are not looked at one by one."""

    def removals(self) -> Iterable[Removal]:
        """A line for each rule."""
        for number, (rule, cutoff_ns) in enumerate(zip(self.rules.rules, self.cutoffs_ns, strict=True), 1):
            rows = sum(each.rows.get(number, 0) for each in self.partitions) or self.rows
            yield Removal(self.rules.table, rule.kind, rule.days, cutoff_ns, rows)


class Cleaning:
    """A cleaning of one tenant's database, planned."""

    def __init__(self, store: Store, database: Database, tables: Sequence[TableRules], scope: Scope) -> None:
        """Looks what would go. Raises StoreError."""
        self._store = store
        self._database = database
        self._scope = scope
        self._planned = [self._plan(rules) for rules in tables]

    @property
    def removals(self) -> list[Removal]:
        """How many records go by each rule, also where none does."""
        return [removal for planned in self._planned for removal in planned.removals()]

    def run(self) -> None:
        """Remove them. Raises StoreError; what was removed by then is gone, the rest is for the next one."""
        for planned in self._planned:
            if not planned.rules.by_day:
                if planned.rows:
                    self._delete_before(planned)
                continue
            for partition in planned.partitions:
                self._clean(planned, partition)

    def _plan(self, rules: TableRules) -> _Planned:
        cutoffs = tuple(self._scope.cutoff_ns(rule.days) for rule in rules.rules)
        if not rules.by_day:
            sql = f"SELECT count() FROM {rules.table} WHERE {self._before(rules)}"
            (count,) = self._ask(sql, {"cutoff": cutoffs[0]})[0]
            return _Planned(rules, cutoffs, (), rows=int(count))
        sql = (
            f"SELECT _partition_id, {_kind(rules)} AS kind, count(), "
            f"toUnixTimestamp64Nano(min({rules.column})), toUnixTimestamp64Nano(max({rules.column})) "
            f"FROM {rules.table} {'FINAL' if rules.has_versions else ''} "
            f"WHERE {self._doomed(rules)} GROUP BY _partition_id, kind ORDER BY _partition_id"
        )
        found: dict[str, _Partition] = {}
        for partition_id, kind, count, first_ns, last_ns in self._ask(sql, self._params(cutoffs)):
            known = found.setdefault(partition_id, _Partition(partition_id, {}, first_ns, last_ns))
            known.rows[int(kind)] = int(count)
            known.first_ns, known.last_ns = min(known.first_ns, first_ns), max(known.last_ns, last_ns)
        return _Planned(rules, cutoffs, tuple(found.values()))

    def _clean(self, planned: _Planned, partition: _Partition) -> None:
        table, goes_whole = planned.rules.table, self._goes_whole(planned, partition)
        if planned.rules.has_versions and not goes_whole:
            # Else an older version of a span would take the place of the newest, once that is gone.
            self._database.maintain(
                f"OPTIMIZE TABLE {self._store.rows_of(table)} PARTITION ID '{partition.id}' FINAL "
                "SETTINGS optimize_skip_merged_partitions = 1"
            )
        if table == "otel_traces":
            self._clean_derived(planned, partition, goes_whole=goes_whole)
        if goes_whole:
            self._change(table, f"DROP PARTITION ID '{partition.id}'")
        else:
            self._change(
                table,
                f"DELETE IN PARTITION ID '{partition.id}' WHERE {self._doomed(planned.rules)}",
                self._params(planned.cutoffs_ns),
            )

    def _clean_derived(self, planned: _Planned, partition: _Partition, *, goes_whole: bool) -> None:
        """Delete the rows of spans that go, and of traces of which nothing is left.

        Those of the others no longer say what the trace is: lists read its spans.
        """
        spans = self._store.held_in(self._database, "otel_traces")
        stays = f"NOT ({self._doomed(planned.rules)})"
        params = self._params(planned.cutoffs_ns)
        if goes_whole:
            self._change("ai_calls", f"DROP PARTITION ID '{partition.id}'")
        else:
            self._change(
                "ai_calls",
                f"DELETE IN PARTITION ID '{partition.id}' WHERE cityHash64(TraceId, SpanId) NOT IN ("
                f"SELECT cityHash64(TraceId, SpanId) FROM {spans} "
                f"WHERE _partition_id = '{partition.id}' AND {stays})",
                params,
            )
        until_ns = min(MAX_NS, partition.last_ns + _BLOCK_NS)
        within = {"first": partition.first_ns, "last": partition.last_ns, "until": until_ns}
        left = (
            f"cityHash64(TraceId) {{how}} (SELECT cityHash64(TraceId) FROM {spans} "
            "WHERE Timestamp >= fromUnixTimestamp64Nano({first:Int64}) "
            f"AND Timestamp <= fromUnixTimestamp64Nano({{until:Int64}}) AND {stays})"
        )
        began = (
            "Start >= fromUnixTimestamp64Nano({first:Int64}) "
            "AND Start <= fromUnixTimestamp64Nano({last:Int64})"
        )
        gone, others = left.replace("{how}", "NOT IN"), left.replace("{how}", "IN")
        self._change("trace_starts", f"DELETE WHERE {began} AND {gone}", {**params, **within})
        began_s = (
            f"Start >= toDateTime(intDiv({{first:Int64}}, {SECOND_NS})) "
            f"AND Start <= toDateTime(intDiv({{last:Int64}}, {SECOND_NS}))"
        )
        self._change(
            "otel_traces_trace_id_ts",
            f"DELETE WHERE {began_s} AND {gone}, "
            f"UPDATE Facts = '' WHERE {began_s} AND Facts != '' AND {others}",
            {**params, **within},
        )

    def _goes_whole(self, planned: _Planned, partition: _Partition) -> bool:
        """Whether nothing of a partition stays, nor of what may still come into it."""
        if self._scope.component or not partition.is_day_before(min(planned.cutoffs_ns)):
            return False
        arrived_ns = self._scope.arrived_before_ns
        if arrived_ns is None:
            return True
        rows = self._ask(
            f"SELECT count() FROM {planned.rules.table} WHERE _partition_id = {{id:String}} "
            "AND ReceivedAt >= fromUnixTimestamp64Nano({arrived:Int64})",
            {"id": partition.id, "arrived": arrived_ns},
        )
        return rows[0][0] == 0

    def _doomed(self, rules: TableRules) -> str:
        """The condition on a row that it goes. One that says it is of the future is as old as its arrival."""
        conditions = [
            f"toUnixTimestamp64Nano(least({rules.column}, toDateTime64(ReceivedAt, 9))) "
            f"< arrayElement({{cutoffs:Array(Int64)}}, {_kind(rules)})",
            f"({rules.column} < fromUnixTimestamp64Nano({{latest:Int64}}) "
            "OR ReceivedAt < fromUnixTimestamp64Nano({latest:Int64}))",
        ]
        if self._scope.arrived_before_ns is not None:
            conditions.append("ReceivedAt < fromUnixTimestamp64Nano({arrived:Int64})")
        if self._scope.component:
            conditions.append("Component = {component:String}")
        return " AND ".join(conditions)

    def _params(self, cutoffs_ns: tuple[int, ...]) -> dict[str, object]:
        params: dict[str, object] = {"cutoffs": list(cutoffs_ns), "latest": max(cutoffs_ns)}
        if self._scope.arrived_before_ns is not None:
            params["arrived"] = self._scope.arrived_before_ns
        if self._scope.component:
            params["component"] = self._scope.component
        return params

    @staticmethod
    def _before(rules: TableRules) -> str:
        return f"{rules.column} < fromUnixTimestamp64Nano({{cutoff:Int64}})"

    def _delete_before(self, planned: _Planned) -> None:
        self._database.maintain(
            f"DELETE FROM {self._store.rows_of(planned.rules.table)} WHERE {self._before(planned.rules)} "
            "SETTINGS lightweight_deletes_sync = 2",
            {"cutoff": planned.cutoffs_ns[0]},
        )

    def _change(self, table: str, what: str, params: dict[str, Any] | None = None) -> None:
        self._database.maintain(
            f"ALTER TABLE {self._store.rows_of(table)} {what} SETTINGS mutations_sync = 2", params
        )

    def _ask(self, sql: str, params: dict[str, object]) -> list[tuple[Any, ...]]:
        return self._database.query(sql, params, timeout_s=_TIMEOUT_S, settings=_ONE_PARTITION).rows


def _kind(rules: TableRules) -> str:
    """The number of the rule that holds for a row, from 1."""
    *ones, last = range(1, len(rules.rules) + 1)
    if not ones:
        return f"{last}"
    chosen = ", ".join(f"{rules.rules[number - 1].condition}, {number}" for number in ones)
    return f"multiIf({chosen}, {last})"
