"""Which runs a list shows, and what of that the statement that finds them can tell."""

from __future__ import annotations

from dataclasses import dataclass

from sonde import semconv
from sonde.query.run_answers import RunSummary
from sonde.query.time import DAY_NS

KEPT_NS = 14 * DAY_NS
"""How far back the last good run is looked for; runs are kept no longer."""

_NS_PER_MS = 10**6
_POSSIBLE_STATUS = {
    frozenset({"error"}): "countIf(Status = 'error' OR StatusCode = 'Error') > 0",
    frozenset({"running"}): "countIf(IsOpen) > 0",
    frozenset({"error", "running"}): "countIf(Status = 'error' OR StatusCode = 'Error' OR IsOpen) > 0",
}
_OF_JOB = (
    "SpanAttributes[{job:String}] = {wanted:String} OR ResourceAttributes[{job:String}] = {wanted:String}"
)
_TOOK = "max(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)) - place"
# Its spans outside of the range may make it longer.
_GOES_BEYOND = """RunId IN (
    SELECT RunId
    FROM otel_traces
    WHERE RunId != ''
        AND (
            (
                Timestamp >= fromUnixTimestamp64Nano({since:Int64} - {kept:Int64})
                AND Timestamp < fromUnixTimestamp64Nano({since:Int64})
            )
            OR (
                Timestamp >= fromUnixTimestamp64Nano({until:Int64})
                AND Timestamp < fromUnixTimestamp64Nano({until:Int64} + {kept:Int64})
            )
        )
)"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs a list shows. `statuses` empty: any."""

    job: str = ""
    statuses: frozenset[str] = frozenset()
    min_duration_ms: float | None = None
    max_duration_ms: float | None = None

    @property
    def possible(self) -> str:
        """What holds for the spans within the range of every run it shows: the others need no closer look."""
        conditions = [_POSSIBLE_STATUS.get(self.statuses, "")]
        if self.job:
            conditions.append(f"countIf({_OF_JOB}) > 0")
        if self.max_duration_ms is not None:
            conditions.append(f"{_TOOK} <= {{max_ns:Float64}}")
        if self.min_duration_ms is not None:
            conditions.append(f"({_TOOK} >= {{min_ns:Float64}} OR {_GOES_BEYOND})")
        return " AND ".join(each for each in conditions if each) or "1"

    @property
    def params(self) -> dict[str, object]:
        """Values of the places in `possible`."""
        params: dict[str, object] = {}
        if self.job:
            params |= {"job": semconv.RUN_JOB, "wanted": self.job}
        if self.max_duration_ms is not None:
            params["max_ns"] = self.max_duration_ms * _NS_PER_MS
        if self.min_duration_ms is not None:
            params |= {"min_ns": self.min_duration_ms * _NS_PER_MS, "kept": KEPT_NS}
        return params

    def passes(self, run: RunSummary) -> bool:
        """Whether it shows this one."""
        took = run["durationMs"]
        return (
            (not self.job or run["job"] == self.job)
            and (not self.statuses or run["status"] in self.statuses)
            and (self.min_duration_ms is None or took >= self.min_duration_ms)
            and (self.max_duration_ms is None or took <= self.max_duration_ms)
        )
