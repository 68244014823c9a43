"""Two hours of a shop for the pages that sum up: busier, failing more and slower in the second one."""

from __future__ import annotations

from tests.browser.seed import HOSTILE, Json, attributes, of_service, span

MINUTE_NS = 60 * 10**9

SLOWEST_TRACE = "5a" * 16
SLOWEST_SPAN = "00000000000000aa"
REFUSED_TRACE = "5b" * 16
REFUSED_SPAN = "00000000000000bb"

SELECT = (
    "SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id "
    "WHERE o.state = 'open' ORDER BY o.created_at DESC LIMIT 50"
)
STACK = """Traceback (most recent call last):
  File "/app/ledger/post.py", line 42, in post
    book(entry)
shop.ledger.BalanceTooLow: account lacks 12.50"""
UPDATE = "UPDATE stock SET amount = amount - 1 WHERE id = 7"


def shop(now_ns: int) -> Json:
    """One OTLP/JSON request. Of the last hour: `shop` serves carts and orders, orders fail and are slow,
    `ledger` refuses some, `search` is new. Of the hour before: fewer carts, quick orders, and `mailer`."""
    return {
        "resourceSpans": [
            of_service("shop", *carts(now_ns), *orders(now_ns)),
            of_service("ledger", *refusals(now_ns), *statements(now_ns)),
            of_service("search", *many("search", "GET /search", now_ns, 40, 12)),
            of_service("mailer", *many("mailer", "send", now_ns - 60 * MINUTE_NS, 30, 8)),
            of_service(
                HOSTILE, statement(now_ns, 90, HOSTILE, HOSTILE, 3, trace_id="ee" * 16, span_id="ee" * 8)
            ),
        ]
    }


def carts(now_ns: int) -> list[Json]:
    before = many("cart before", "GET /cart", now_ns - 60 * MINUTE_NS, 60, 10)
    return before + many("cart", "GET /cart", now_ns, 200, 10)


def orders(now_ns: int) -> list[Json]:
    before = many("order before", "POST /orders", now_ns - 60 * MINUTE_NS, 60, 40)
    now = many("order", "POST /orders", now_ns, 60, 400)
    for number, each in enumerate(now):
        if number % 4 == 0:
            each["status"] = {"code": 2, "message": f"cannot reserve item {number}"}
    return before + now


def refusals(now_ns: int) -> list[Json]:
    """A group of three, with a stack trace."""
    found: list[Json] = []
    for number in range(3):
        start = now_ns - (number + 1) * MINUTE_NS
        trace_id = REFUSED_TRACE if number == 0 else f"{0x5C0 + number:032x}"
        each = span(trace_id, REFUSED_SPAN, "", "POST /entries", start, 25, kind=2)
        each["status"] = {"code": 2, "message": "balance too low"}
        told = {
            "exception.type": "shop.ledger.BalanceTooLow",
            "exception.message": f"account {4000 + number} lacks 12.50",
            "exception.stacktrace": STACK,
        }
        event = {
            "name": "exception",
            "timeUnixNano": str(start + 20_000_000),
            "attributes": attributes(told),
        }
        found.append(each | {"events": [event]})
    return found


def statements(now_ns: int) -> list[Json]:
    selects = [
        statement(now_ns, 30 + number, SELECT, "postgresql", 80, span_id=f"{0xD00 + number:016x}")
        for number in range(10)
    ]
    slowest = statement(now_ns, 20, SELECT, "postgresql", 900, trace_id=SLOWEST_TRACE, span_id=SLOWEST_SPAN)
    updates = [
        statement(now_ns, 40 + number, UPDATE, "sqlite", 5, span_id=f"{0xE00 + number:016x}")
        for number in range(4)
    ]
    updates[0]["status"] = {"code": 2, "message": "database is locked"}
    return [*selects, slowest, *updates]


def statement(
    now_ns: int,
    seconds_ago: int,
    text: str,
    system: str,
    duration_ms: int,
    *,
    span_id: str,
    trace_id: str = "5d" * 16,
) -> Json:
    start = now_ns - seconds_ago * 10**9
    each = span(trace_id, span_id, "", text.split()[0], start, duration_ms, kind=3)
    return each | {"attributes": attributes({"db.query.text": text, "db.system.name": system})}


def many(what: str, name: str, until_ns: int, count: int, duration_ms: int) -> list[Json]:
    """Traces of one span, evenly over 45 minutes that end 5 before `until_ns`: they stay in their hour while
    tests run. Durations differ by up to a fifth."""
    step = 45 * MINUTE_NS // count
    return [
        span(
            f"{abs(hash_of(f'{what} {number}')):032x}",
            f"{number + 1:016x}",
            "",
            name,
            until_ns - 5 * MINUTE_NS - number * step,
            duration_ms + duration_ms * (number % 5) // 20,
            kind=2,
        )
        for number in range(count)
    ]


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode()[-14:], "big") + 1
