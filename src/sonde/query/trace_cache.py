"""Traces as they were last assembled, so that a page of a large one costs milliseconds.

An answer is as fresh as without a cache: each time the store is asked which segments brought spans of the
trace (a look-up by key), and the spans are read again when that changed.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sonde.errors import NotFound
from sonde.query.depth_first import Array
from sonde.query.skeleton import Skeleton, assemble
from sonde.query.statements import statement
from sonde.query.time import DAY_NS, MAX_NS, MIN_NS
from sonde.query.trace import bounds_ns, parse_trace_id

if TYPE_CHECKING:
    from sonde.store import Database

MAX_ROWS = 500_000
"""Most rows of spans that a trace is assembled of."""
SHOWN_EVENTS = 20
"""Most events of a span that are known without asking for the span."""

_LOGS_FRESH_S = 1.0
_MADE_AT_MOST = 16
_DICTIONARIES = {"output_format_arrow_low_cardinality_as_dictionary": 1}

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What has to change when spans of a trace arrive or go, and when these were."""

    segments: tuple[int, ...]
    since_ns: int
    until_ns: int


@dataclass(frozen=True, slots=True)
class LogCounts:
    """How many log records the trace has, and each of its spans."""

    total: int
    of_spans: Array
    read_at: float


@dataclass(slots=True)
class CachedTrace:
    """A trace that was assembled, and what was made of it since."""

    stamp: Stamp
    skeleton: Skeleton
    truncated: bool
    logs: LogCounts | None = None
    _made: OrderedDict[str, tuple[object, int]] = field(default_factory=OrderedDict[str, tuple[object, int]])
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def params(self) -> dict[str, object]:
        """Values of `{trace_id:String}`, `{since:Int64}` and `{until:Int64}`."""
        return {
            "trace_id": self.skeleton.trace_id,
            "since": self.stamp.since_ns,
            "until": self.stamp.until_ns,
        }

    @property
    def log_params(self) -> dict[str, object]:
        """The same for its logs: from a day before to a day after it; while it is open, to any time."""
        since_ns, until_ns = self.stamp.since_ns, self.stamp.until_ns
        return {
            "trace_id": self.skeleton.trace_id,
            "since": max(MIN_NS, since_ns - DAY_NS),
            "until": MAX_NS if self.skeleton.open.any() else min(MAX_NS, until_ns + DAY_NS),
        }

    @property
    def nbytes(self) -> int:
        """The memory it takes, about."""
        logs = self.logs.of_spans.nbytes if self.logs else 0
        with self._guard:
            return self.skeleton.nbytes + logs + sum(size for _, size in self._made.values())

    def made(self, name: str, make: Callable[[], tuple[Made, int]]) -> Made:
        """What `make` gives, made once for this state of the trace; it says how many bytes that takes."""
        with self._guard:
            if name in self._made:
                self._made.move_to_end(name)
                return self._made[name][0]  # pyright: ignore[reportReturnType] -- made under the same name
        value, size = make()
        with self._guard:
            self._made[name] = value, size
            while len(self._made) > _MADE_AT_MOST:
                self._made.popitem(last=False)
        return value


class TraceCache:
    """The traces looked at last, of all tenants, up to a number of bytes. Safe to share between threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[tuple[str, str], CachedTrace] = OrderedDict()
        self._building: dict[tuple[str, str], threading.Lock] = {}
        self._guard = threading.Lock()

    @property
    def nbytes(self) -> int:
        """The memory its traces take, about."""
        with self._guard:
            return sum(entry.nbytes for entry in self._entries.values())

    def get(self, database: Database, trace_id: str) -> CachedTrace:
        """The trace as it is now. Raises NotFound, or BadRequest for what is no trace id."""
        trace_id = parse_trace_id(trace_id)
        # A tenant is a database: none can name a key of another.
        key = database.name, trace_id
        stamp = _stamp(database, trace_id)
        with self._guard:
            lock = self._building.setdefault(key, threading.Lock())
        # A page asks for several views of a trace at once: it is assembled by the first.
        with lock:
            try:
                with self._guard:
                    entry = self._entries.get(key)
                if entry is None or entry.stamp != stamp:
                    entry = _read(database, trace_id, stamp)
                self._keep(key, entry)
            finally:
                with self._guard:
                    self._building.pop(key, None)
        return entry

    def clear(self) -> None:
        """Forget everything: something was deleted."""
        with self._guard:
            self._entries.clear()

    def _keep(self, key: tuple[str, str], entry: CachedTrace) -> None:
        with self._guard:
            self._entries[key] = entry
            self._entries.move_to_end(key)
            sizes = {each: known.nbytes for each, known in self._entries.items()}
            total = sum(sizes.values())
            while total > self._max_bytes:
                oldest, _ = self._entries.popitem(last=False)
                total -= sizes[oldest]


def log_counts(database: Database, entry: CachedTrace) -> LogCounts:
    """The log records of a trace and its spans, as they were a second ago at most."""
    known = entry.logs
    now = time.monotonic()
    if known is not None and now - known.read_at < _LOGS_FRESH_S:
        return known
    table = database.query_arrow(statement("trace_log_counts"), entry.log_params)
    logs = table.column("logs").to_numpy().astype(np.int64)
    places = entry.skeleton.places(table.column("id").to_numpy())
    of_spans = np.zeros(len(entry.skeleton), np.int32)
    of_spans[places[places >= 0]] = logs[places >= 0]
    entry.logs = LogCounts(int(logs.sum()), of_spans, now)
    return entry.logs


def _stamp(database: Database, trace_id: str) -> Stamp:
    params: dict[str, object] = {"trace_id": trace_id}
    rows, first, *segments, start_s, end_s = database.query(statement("trace_stamp"), params).one()
    since_ns, until_ns = bounds_ns(start_s, end_s) if rows else (MIN_NS, MAX_NS)
    if rows and first:
        return Stamp(tuple(segments), since_ns, until_ns)
    # Rows of the Collector alone have no segments: then the spans themselves are counted.
    bounds = {**params, "since": since_ns, "until": until_ns}
    counted = database.query(statement("trace_count"), bounds).one()[0]
    return Stamp((*segments, counted), since_ns, until_ns)


def _read(database: Database, trace_id: str, stamp: Stamp) -> CachedTrace:
    params: dict[str, object] = {
        "trace_id": trace_id,
        "since": stamp.since_ns,
        "until": stamp.until_ns,
        "limit": MAX_ROWS,
    }
    spans = database.query_arrow(statement("trace_skeleton"), params, settings=_DICTIONARIES)
    if spans.num_rows == 0:
        raise NotFound(
            f"no trace {trace_id}",
            hint="what was just sent is there within 2 seconds, or at once after `sonde flush`",
        )
    events = database.query_arrow(statement("trace_events"), {**params, "most": SHOWN_EVENTS})
    skeleton = assemble(trace_id, spans, events)
    return CachedTrace(stamp, skeleton, truncated=spans.num_rows >= MAX_ROWS)
