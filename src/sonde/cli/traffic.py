"""Made-up traffic of a web shop: the same seed and end give the same records. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

NS_PER_MS = 1_000_000
Kind = Literal["server", "client", "internal", "producer", "consumer"]
Value = str | int | float | bool

SERVICES = ("web", "checkout", "inventory", "payment", "worker")
ERROR_SHARE = 0.05
SLOW_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Span:
    """One span; ids are integers, times Unix nanoseconds."""

    trace_id: int
    span_id: int
    parent_id: int
    service: str
    component: str
    name: str
    kind: Kind
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Value]
    error: str = ""
    """Type and message of the exception, `TimeoutError: …`; empty when all went well."""


@dataclass(frozen=True, slots=True)
class Log:
    """One log record; an event when it has an `event_name`."""

    trace_id: int
    span_id: int
    service: str
    component: str
    at_ns: int
    severity: Literal["DEBUG", "INFO", "WARN", "ERROR"]
    body: str
    attributes: Mapping[str, Value]
    event_name: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The records of one request."""

    spans: Sequence[Span]
    logs: Sequence[Log]


@dataclass(frozen=True, slots=True)
class Step:
    """A call in a scenario: which service does what, for how long by itself, and whom it calls."""

    role: int
    name: str
    kind: Kind
    own_ms: float
    calls: tuple[Step, ...] = ()
    attributes: Mapping[str, Value] = field(default_factory=dict[str, Value])
    may_fail: str = ""


def _sql(role: int, statement: str, own_ms: float, may_fail: str = "") -> Step:
    verb, table = statement.split(" ", 1)[0], "orders" if "orders" in statement else "products"
    attributes: dict[str, Value] = {"db.system.name": "postgresql", "db.query.text": statement}
    return Step(role, f"{verb} {table}", "client", own_ms, attributes=attributes, may_fail=may_fail)


def _http(role: int, method: str, route: str, own_ms: float, *calls: Step, may_fail: str = "") -> Step:
    attributes: dict[str, Value] = {"http.request.method": method, "http.route": route}
    return Step(role, f"{method} {route}", "server", own_ms, calls, attributes, may_fail)


_SCENARIOS: tuple[tuple[float, Step], ...] = (
    (5, _http(0, "GET", "/", 4)),
    (
        4,
        _http(
            0,
            "GET",
            "/products/{id}",
            6,
            _http(
                2,
                "GET",
                "/stock/{id}",
                3,
                _sql(2, "SELECT * FROM products WHERE id = $1", 5, "OperationalError: connection reset"),
            ),
        ),
    ),
    (
        2,
        _http(
            0,
            "POST",
            "/cart",
            8,
            _http(1, "POST", "/orders", 10, _sql(1, "INSERT INTO orders VALUES ($1, $2)", 9)),
        ),
    ),
    (
        2,
        _http(
            0,
            "POST",
            "/checkout",
            12,
            _http(
                1,
                "POST",
                "/orders/{id}/pay",
                15,
                _http(2, "POST", "/reserve", 7, _sql(2, "UPDATE products SET stock = stock - 1", 11)),
                _http(
                    3, "POST", "/charge", 120, may_fail="TimeoutError: the payment provider did not answer"
                ),
                Step(1, "publish order.paid", "producer", 2),
                Step(
                    4,
                    "process order.paid",
                    "consumer",
                    30,
                    may_fail="ValueError: no template for locale 'xx'",
                ),
            ),
        ),
    ),
)


class Traffic:
    """Requests to the services, one after the other."""

    def __init__(self, seed: int, services: Sequence[str] = SERVICES, components: Sequence[str] = ()) -> None:
        self._random = random.Random(seed)  # made-up data
        self._services = services or SERVICES
        self._components = components

    def traces(self, count: int, start_ns: int, end_ns: int) -> Iterator[Trace]:
        """`count` requests that begin between the two times, in order."""
        for index in range(count):
            at = start_ns + (end_ns - start_ns) * index // max(1, count)
            yield self.trace(at + self._random.randrange(NS_PER_MS))

    def trace(self, start_ns: int) -> Trace:
        """One request."""
        weights = [weight for weight, _ in _SCENARIOS]
        scenario = self._random.choices(_SCENARIOS, weights)[0][1]
        fails = self._random.random() < ERROR_SHARE
        slow = 12.0 if self._random.random() < SLOW_SHARE else 1.0
        walk = _Walk(self, scenario, fails, slow, self._random)
        walk.run(start_ns)
        return Trace(walk.spans, walk.logs)

    def place(self, step: Step) -> tuple[str, str]:
        """Service and component of a step."""
        service = self._services[step.role % len(self._services)]
        return service, self._components[step.role % len(self._components)] if self._components else ""


class _Walk:
    """Turns one scenario into spans and logs."""

    def __init__(
        self, traffic: Traffic, scenario: Step, fails: bool, slow: float, source: random.Random
    ) -> None:
        self._traffic = traffic
        self._random = source
        self._scenario = scenario
        self._slow = slow
        self._failing = self._pick(scenario) if fails else None
        self._trace_id = source.getrandbits(128) or 1
        self._user = f"u{source.randrange(1, 500)}"
        self.spans: list[Span] = []
        self.logs: list[Log] = []

    def _pick(self, scenario: Step) -> Step | None:
        candidates = [step for step in _steps(scenario) if step.may_fail]
        return self._random.choice(candidates) if candidates else None

    def run(self, start_ns: int) -> None:
        """Walk the scenario from its root."""
        self._step(self._scenario, 0, start_ns)
        # Parents end after their children but are listed before them, as they began before them.
        self.spans.sort(key=lambda span: span.start_ns)

    def _step(self, step: Step, parent_id: int, start_ns: int) -> tuple[int, bool]:
        """The end of the step, and whether it failed."""
        span_id = self._random.getrandbits(64) or 1
        service, component = self._traffic.place(step)
        own_ns = int(step.own_ms * self._slow * self._random.lognormvariate(0, 0.4) * NS_PER_MS)
        now = start_ns + own_ns // 3
        failed = step is self._failing
        error = step.may_fail if failed else ""
        for call in step.calls:
            now, call_failed = self._step(call, span_id, now)
            if call_failed:
                failed, error = True, error or f"UpstreamError: {call.name} failed"
                break
        end_ns = now + own_ns - own_ns // 3
        attributes: dict[str, Value] = {**step.attributes, "user.id": self._user}
        if "http.route" in attributes:
            attributes["http.response.status_code"] = 500 if failed else 200
        where = (service, component, step.name, step.kind)
        self.spans.append(
            Span(self._trace_id, span_id, parent_id, *where, start_ns, end_ns, attributes, error)
        )
        self._log(step, span_id, service, component, start_ns, end_ns, error)
        return end_ns, failed

    def _log(
        self, step: Step, span_id: int, service: str, component: str, start_ns: int, end_ns: int, error: str
    ) -> None:
        took_ms = (end_ns - start_ns) / NS_PER_MS
        ids = (self._trace_id, span_id, service, component, end_ns)
        if error:
            self.logs.append(Log(*ids, "ERROR", f"{step.name} failed: {error}", {"user.id": self._user}))
        elif step.kind == "server" and self._slow > 1:
            self.logs.append(
                Log(*ids, "WARN", f"{step.name} was slow: {took_ms:.0f} ms", {"took_ms": took_ms})
            )
        elif step.kind == "server":
            self.logs.append(
                Log(*ids, "INFO", f"{step.name} answered in {took_ms:.1f} ms", {"took_ms": took_ms})
            )
        if step.name == "publish order.paid":
            amount = round(math.exp(self._random.gauss(3.4, 0.6)), 2)
            self.logs.append(
                Log(*ids, "INFO", "order paid", {"order.amount": amount, "user.id": self._user}, "order.paid")
            )


def _steps(step: Step) -> Iterator[Step]:
    yield step
    for call in step.calls:
        yield from _steps(call)
