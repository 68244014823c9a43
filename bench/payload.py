"""OTLP requests as a shop's Collector would batch them, encoded before any clock starts.

500 spans a request, some 320 bytes and 8 attributes a span, 9 spans a trace on average, six services. Spans
are put together from encoded pieces: a protobuf object per span would take minutes for two million of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

SPANS_A_REQUEST: Final = 500
USERS: Final = 10_000
_VARIANTS: Final = 200
_SERVER, _CLIENT = 2, 3


@dataclass(frozen=True)
class Call:
    """One operation of a service and the calls it makes."""

    service: str
    operation: str
    kind: int
    mean_ms: float
    calls: tuple[Call, ...] = ()


def _query(service: str, table: str, verb: str = "SELECT", mean_ms: float = 3) -> Call:
    return Call(service, f"{verb} {table}", _CLIENT, mean_ms)


_PRODUCT = Call("catalog", "GET /products/{id}", _SERVER, 12, (_query("catalog", "products"),))
_SEARCH = Call(
    "catalog", "GET /search", _SERVER, 30, (_query("catalog", "products"), _query("catalog", "prices"))
)
_STOCK = Call(
    "inventory",
    "POST /reservations",
    _SERVER,
    15,
    (_query("inventory", "stock"), _query("inventory", "stock", "UPDATE")),
)
_CHARGE = Call(
    "payments",
    "POST /charges",
    _SERVER,
    80,
    (_query("payments", "charges", "INSERT"), Call("payments", "POST bank", _CLIENT, 60)),
)
_SESSION = Call("accounts", "GET /session", _SERVER, 5, (_query("accounts", "sessions", mean_ms=1),))
_ORDER = Call(
    "checkout",
    "POST /orders",
    _SERVER,
    140,
    (_PRODUCT, _STOCK, _CHARGE, _query("checkout", "orders", "INSERT", 4)),
)
_CART = Call("checkout", "GET /cart", _SERVER, 20, (_query("checkout", "carts"), _PRODUCT))

_JOURNEYS: Final = (
    Call("gateway", "GET /shop/search", _SERVER, 45, (_SESSION, _SEARCH)),
    Call("gateway", "GET /shop/products/{id}", _SERVER, 25, (_SESSION, _PRODUCT, _CART)),
    Call("gateway", "GET /shop/cart", _SERVER, 32, (_SESSION, _CART)),
    Call("gateway", "POST /shop/orders", _SERVER, 170, (_SESSION, _ORDER)),
)
SERVICES: Final = ("accounts", "catalog", "checkout", "gateway", "inventory", "payments")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, body: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _attribute(key: str, value: str | int) -> KeyValue:
    any_value = AnyValue(int_value=value) if isinstance(value, int) else AnyValue(string_value=value)
    return KeyValue(key=key, value=any_value)


def _attributes(call: Call, rng: random.Random, failed: bool) -> dict[str, str | int]:
    """Seven attributes by OpenTelemetry's conventions; the eighth, `user.id`, differs by trace."""
    verb, target = call.operation.split(" ", 1)
    if call.kind == _SERVER:
        return {
            "http.request.method": verb,
            "http.route": target,
            "url.path": target.replace("{id}", str(rng.randrange(2000))),
            "http.response.status_code": 500 if failed else 200,
            "server.address": f"{call.service}.shop",
            "http.response.body.size": rng.randrange(200, 20_000),
            "url.scheme": "http",
        }
    if target == "bank":
        return {
            "http.request.method": verb,
            "url.full": "https://api.bank.example/v2/charges",
            "http.response.status_code": 502 if failed else 201,
            "server.address": "api.bank.example",
            "server.port": 443,
            "http.request.body.size": rng.randrange(200, 900),
            "url.scheme": "https",
        }
    return {
        "db.system.name": "postgresql",
        "db.namespace": "shop",
        "db.collection.name": target,
        "db.operation.name": verb,
        "db.query.text": f"{verb} {target} WHERE id = ?",
        "server.address": "db-1.shop",
        "server.port": 5432,
    }


def _span_tails(call: Call, rng: random.Random, failed: bool) -> list[bytes]:
    """Name, kind, attributes, flags and status of spans of this call, encoded."""
    tails: list[bytes] = []
    for _ in range(_VARIANTS):
        attributes = b"".join(
            _field(9, _attribute(key, value).SerializeToString())
            for key, value in _attributes(call, rng, failed).items()
        )
        status = _field(15, b"\x18\x02") if failed else b""
        flags = b"\x85\x01" + (0x101).to_bytes(4, "little")
        tails.append(
            _field(5, call.operation.encode()) + b"\x30" + bytes((call.kind,)) + attributes + flags + status
        )
    return tails


def _resource(service: str) -> bytes:
    resource = Resource(
        attributes=[
            _attribute("service.name", service),
            _attribute("service.version", "2.7.1"),
            _attribute("deployment.environment.name", "production"),
            _attribute("host.name", f"{service}-7d9f8b6c5-x2x7k"),
            _attribute("telemetry.sdk.language", "python"),
            _attribute("telemetry.sdk.name", "opentelemetry"),
        ]
    )
    return _field(1, resource.SerializeToString())


class SpanStream:
    """Requests of `SPANS_A_REQUEST` spans each; the same seed gives the same bytes but for the clock.

    Traces begin evenly from `start_ns` (Unix nanoseconds) on, over `period_ns`, in order of time.
    """

    def __init__(self, seed: int, spans: int, start_ns: int, period_ns: int) -> None:
        self._rng = random.Random(seed)
        self._start_ns = start_ns
        self._step_ns = period_ns / max(1, spans)
        self._made = 0
        self.sample_trace_ids: list[str] = []
        self._tails: dict[tuple[str, str, bool], list[bytes]] = {}
        self._users = [
            _field(9, _attribute("user.id", str(100_000 + number)).SerializeToString())
            for number in range(USERS)
        ]
        self._resources = {service: _resource(service) for service in SERVICES}
        self._scope = _field(
            1, InstrumentationScope(name="shop.instrumentation", version="1.4.0").SerializeToString()
        )
        self._pending: list[tuple[str, bytes]] = []

    def requests(self, count: int) -> Iterator[bytes]:
        """The next `count` encoded ExportTraceServiceRequests."""
        for _ in range(count):
            while len(self._pending) < SPANS_A_REQUEST:
                self._trace()
            batch, self._pending = self._pending[:SPANS_A_REQUEST], self._pending[SPANS_A_REQUEST:]
            yield self._request(batch)

    def _request(self, batch: Sequence[tuple[str, bytes]]) -> bytes:
        by_service: dict[str, list[bytes]] = {}
        for service, span in batch:
            by_service.setdefault(service, []).append(span)
        return b"".join(
            _field(1, self._resources[service] + _field(2, self._scope + b"".join(spans)))
            for service, spans in by_service.items()
        )

    def _trace(self) -> None:
        rng = self._rng
        trace_id = rng.randbytes(16)
        if self._made % 97 == 0:
            self.sample_trace_ids.append(trace_id.hex())
        start_ns = int(self._start_ns + self._made * self._step_ns)
        self._call(
            rng.choice(_JOURNEYS),
            b"\x0a\x10" + trace_id,
            b"",
            start_ns,
            self._users[rng.randrange(USERS)],
            rng.random() < 0.02,
        )

    def _call(
        self, call: Call, trace: bytes, parent_id: bytes, start_ns: int, user: bytes, failed: bool
    ) -> None:
        rng = self._rng
        self._made += 1
        key = (call.service, call.operation, failed)
        tails = self._tails.get(key)
        if tails is None:
            tails = self._tails[key] = _span_tails(call, rng, failed)
        span_id = rng.randbytes(8)
        duration_ns = int(call.mean_ms * 1e6 * rng.lognormvariate(0, 0.5))
        body = b"".join(
            (
                trace,
                b"\x12\x08",
                span_id,
                b"\x22\x08" + parent_id if parent_id else b"",
                b"\x39",
                start_ns.to_bytes(8, "little"),
                b"\x41",
                (start_ns + duration_ns).to_bytes(8, "little"),
                tails[rng.randrange(_VARIANTS)],
                user,
            )
        )
        self._pending.append((call.service, _field(2, body)))
        offset_ns = duration_ns // 50
        for child in call.calls:
            self._call(child, trace, span_id, start_ns + offset_ns, user, failed and child is call.calls[-1])
            offset_ns += int(child.mean_ms * 1e6)
