"""What is counted by weights is what has happened, whatever is kept, forced, evicted or left out."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.context import Context
from opentelemetry.propagate import inject
from opentelemetry.trace import Status, StatusCode, set_span_in_context
from tests.sdk.sampling.services import Clock, Ids, Service, received, weights

from sonde import semconv
from sonde.sdk.sampling import SamplingOptions, TailKeeper, forced, make_sampler

# With these ratios and as many evenly spread random numbers, a share of them is chosen exactly: what is
# estimated over all of them is the expected value itself, with no error of chance.
RATIOS = [1.0, 0.75, 0.5, 0.25, 0.125, 0.0625]
GRID = 32


@dataclass(frozen=True)
class Work:
    """A span: where it runs, how long, how it ends, and what it calls."""

    service: int
    takes_s: float
    fails: bool = False
    forced: bool = False
    becomes_forced: bool = False
    outlives: bool = False
    below: tuple[Work, ...] = ()


works = st.recursive(
    st.builds(
        Work,
        st.integers(0, 3),
        st.sampled_from([0.0, 0.1, 0.6, 40.0]),
        fails=st.sampled_from([False, False, False, True]),
        forced=st.sampled_from([False, False, False, True]),
        becomes_forced=st.sampled_from([False, False, False, False, True]),
        outlives=st.sampled_from([False, False, True]),
    ),
    lambda inner: st.builds(
        Work,
        st.integers(0, 3),
        st.sampled_from([0.0, 0.1]),
        fails=st.sampled_from([False, False, False, True]),
        forced=st.sampled_from([False, False, False, False, True]),
        below=st.lists(inner, max_size=3).map(tuple),
    ),
    max_leaves=6,
)

service_options = st.builds(
    SamplingOptions,
    ratio=st.sampled_from(RATIOS),
    always=st.sampled_from([(), ("work 3",)]),
    keep_errors=st.booleans(),
    keep_slow_ms=st.sampled_from([None, 500.0]),
    memory_mb=st.sampled_from([16, 0.02, 0.01, 0]),
    follow_parent=st.sampled_from([True, True, True, False]),
)


@dataclass
class World:
    """Services that share a clock, and the spans that are still to end."""

    clock: Clock
    services: list[Service]
    open: list[Iterator[None]] = field(default_factory=list[Iterator[None]])

    def run(self, work: Work, context: Context, caller: int | None, name: str) -> Iterator[None]:
        """Begin and end the span and what is below it; a step each."""
        service = self.services[work.service]
        if caller is not None and caller != work.service:
            headers: dict[str, str] = {}
            inject(headers, context)
            context = received(headers)
        if work.forced:
            context = forced(context)
        span = service.tracer.start_span(name, context, start_time=self._now_ns())
        inside = set_span_in_context(span, context)
        yield
        for number, below in enumerate(work.below):
            steps = self.run(below, inside, work.service, f"{name}.{number}")
            if below.outlives:
                next(steps)
                self.open.append(steps)
            else:
                yield from steps
        self.clock.now += work.takes_s
        if work.fails:
            span.set_status(Status(StatusCode.ERROR))
        if work.becomes_forced:
            span.set_attribute("sonde.entity.payment", "pym_1")
        yield
        span.end(self._now_ns())

    def finish(self) -> None:
        """End what outlived its parent, and the services."""
        for steps in self.open:
            for _ in steps:
                self.tick()
        for service in self.services:
            service.close()

    def tick(self) -> None:
        for service in self.services:
            service.tick()

    def _now_ns(self) -> int:
        return 1_000_000_000 + round(self.clock.now * 1e9)


def world(options: list[SamplingOptions], ids: Ids) -> World:
    clock = Clock()
    services: list[Service] = []
    for each in options:
        sampler = make_sampler(each)
        keeper = TailKeeper(each, clock) if each.keeps_tail else None
        services.append(Service(sampler=sampler, keeper=keeper, ids=ids))
    return World(clock, services)


def named(work: Work, name: str = "work") -> Iterator[tuple[int, str]]:
    yield work.service, name
    for number, below in enumerate(work.below):
        yield from named(below, f"{name}.{number}")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(service_options, min_size=4, max_size=4), st.lists(works, min_size=1, max_size=3), st.booleans()
)
def test_the_expected_weight_of_every_span_is_one(
    options: list[SamplingOptions], traces: list[Work], ticks: bool
) -> None:
    counted: defaultdict[tuple[int, str], float] = defaultdict(float)
    for step in range(GRID):
        ids = Ids()
        running = world(options, ids)
        for number, work in enumerate(traces):
            # Each trace has randomness of its own; over the grid each runs through all of it.
            ids.randomness = ((2 * ((step + 7 * number) % GRID) + 1) << 56) // (2 * GRID)
            for _ in running.run(work, Context(), None, f"work {number}"):
                if ticks:
                    running.tick()
        running.finish()
        for number, service in enumerate(running.services):
            names = [(number, span.name) for span in service.exported]
            for name, weight in zip(names, weights(service.exported), strict=True):
                counted[name] += weight
    happened = {each for number, work in enumerate(traces) for each in named(work, f"work {number}")}
    assert counted.keys() == happened
    assert dict(counted) == pytest.approx(dict.fromkeys(happened, GRID), rel=1e-9)


def test_counts_of_interleaved_traces_are_right_within_chance() -> None:
    """A shop whose memory is far too small for what goes on at once, over many traces with random ids."""
    chance = random.Random(20_26)
    ratio, traces, at_once = 0.1, 3_000, 40
    ids = Ids()
    options = [
        SamplingOptions(ratio=ratio, keep_slow_ms=500, memory_mb=0.1, always=("refund*",)),
        SamplingOptions(ratio=ratio, keep_slow_ms=500, memory_mb=0.05),
        SamplingOptions(ratio=1.0),
    ]
    running = world(options, ids)
    happened: Counter[tuple[int, str]] = Counter()
    open_traces: list[Iterator[None]] = []
    for _ in range(traces):
        ids.randomness = chance.getrandbits(56)
        pay = Work(1, 0.0, fails=chance.random() < 0.05, below=(Work(2, 0.0), Work(1, 0.0)))
        slow_s = 0.7 if chance.random() < 0.002 else 0.0
        work = Work(0, slow_s, forced=chance.random() < 0.02, below=(Work(0, 0.0), pay))
        name = chance.choice(["buy", "look", "refund"])
        happened.update(named(work, name))
        steps = running.run(work, Context(), None, name)
        next(steps)
        open_traces.append(steps)
        while len(open_traces) >= at_once:
            steps = chance.choice(open_traces)
            if next(steps, "done") == "done":
                open_traces.remove(steps)
        if chance.random() < 0.1:
            running.tick()
    for steps in open_traces:
        for _ in steps:
            pass
    running.finish()
    counted: defaultdict[tuple[int, str], float] = defaultdict(float)
    reasons: Counter[object] = Counter()
    for number, service in enumerate(running.services):
        reasons.update((span.attributes or {}).get(semconv.KEPT, "ratio") for span in service.exported)
        for span, weight in zip(service.exported, weights(service.exported), strict=True):
            counted[number, span.name] += weight
    for name, count in happened.items():
        deviation = (count * (1 / ratio - 1)) ** 0.5
        assert abs(counted[name] - count) < 3.5 * deviation, name
    assert sum(reasons.values()) < 0.6 * happened.total()
    assert reasons.keys() == {"ratio", "forced", "error", "slow"}
