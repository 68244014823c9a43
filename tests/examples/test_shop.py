"""The shop: a visit followed through its services, with a real Redis and without one."""

from __future__ import annotations

import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from bench.server_process import SondeServer
from tests.examples.conftest import REPOSITORY
from tests.examples.process_tree import ProcessTree

from sonde import Client
from sonde.records import SpanRecord

T = TypeVar("T")

LAST_OF_EACH = {"POST /checkout", "POST /orders", "POST /charges", "GET /products/{sku}", "run.ship"}

needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server")


@dataclass(frozen=True)
class Visit:
    """What a shopper bought; `answer` is the storefront's to the checkout."""

    correlation_id: str
    answer: httpx.Response

    @property
    def order_id(self) -> str:
        return str(self.answer.json()["order_id"])


class Shop:
    """The example as people start it."""

    def __init__(self, server: SondeServer, folder: Path, **environment: str) -> None:
        self.output = folder / "shop.log"
        self.tree = ProcessTree()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(REPOSITORY / "examples/shop/run.py")],
                env={**self.tree.environment(), "SONDE_URL": server.url, **environment},
                stdout=output,
                stderr=output,
            )

    def wait_until_open(self) -> str:
        """The address of the storefront."""
        deadline = time.monotonic() + 90
        while not (found := re.search(r"The shop is open: (http://[\d.:]+\d)", self.output.read_text())):
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.1)
        return found[1]

    def running(self) -> str:
        """Command lines of the processes that the shop started."""
        return "\n".join(self.tree.below(self.process.pid))

    def close(self) -> None:
        """As Ctrl-C does; nothing may be left."""
        self.running()
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0, self.output.read_text()
        assert self.tree.left() == []


@contextmanager
def opened(server: SondeServer, folder: Path, **environment: str) -> Generator[tuple[Shop, str]]:
    shop = Shop(server, folder, **environment)
    try:
        yield shop, shop.wait_until_open()
    finally:
        shop.close()


@pytest.fixture(scope="module")
def storefront(server: SondeServer, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of a shop with a real Redis; that nothing is left of it is seen to at the end."""
    with opened(server, tmp_path_factory.mktemp("shop")) as (shop, address):
        assert "redis-server" in shop.running() or sys.platform != "linux"
        yield address


def buy(storefront: str, card: str) -> Visit:
    """Beans and filters. The bank makes some wait too long: they come again."""
    while True:
        visit = f"visit_{secrets.token_hex(6)}"
        headers = {"X-User": f"user-{visit[-3:]}", "X-Correlation-ID": visit}
        with httpx.Client(base_url=storefront, headers=headers, timeout=20) as shopper:
            shopper.post("/cart/beans-house").raise_for_status()
            shopper.post("/cart/filter-60").raise_for_status()
            answer = shopper.post("/checkout", json={"card": card})
        if answer.status_code != 502:
            return Visit(visit, answer)


def eventually(server: SondeServer, look: Callable[[], T | None]) -> T:
    """What `look` finds once every process has sent its part."""
    deadline = time.monotonic() + 90
    while True:
        server.flush()
        if (found := look()) is not None:
            return found
        assert time.monotonic() < deadline, "not recorded within 90 s"
        time.sleep(0.3)


def shipped(client: Client, server: SondeServer, visit: Visit) -> SpanRecord:
    """The span of the attempt that shipped the parcel, once all that led to it is recorded as well."""

    def look() -> SpanRecord | None:
        spans = list(client.iter_spans(q=f"correlation:{visit.correlation_id}"))
        found = [span for span in spans if span.operation == "run.ship" and span.status != "error"]
        return found[0] if found and {span.operation for span in spans} >= LAST_OF_EACH else None

    return eventually(server, look)


@needs_redis
def test_an_order_is_one_trace_from_the_storefront_to_the_worker(
    storefront: str, client: Client, server: SondeServer
) -> None:
    visit = buy(storefront, "4242 4242 4242 4242")
    assert visit.answer.status_code == 200

    ship = shipped(client, server, visit)
    spans = {span.span_id: span for span in client.iter_spans(trace_id=ship.trace_id)}

    assert {span.component for span in spans.values()} == {
        "storefront",
        "orders",
        "catalog",
        "payments",
        "worker",
    }
    above: list[str] = []
    span: SpanRecord | None = ship
    while span := spans.get(span.parent_span_id):
        above.append(f"{span.component}: {span.operation}")
    assert above == [
        "orders: parcel.queue",
        "orders: POST /orders",
        "storefront: POST",
        "storefront: POST /checkout",
    ]
    operations = {span.operation for span in spans.values()}
    assert operations >= {
        "HGETALL",
        "RPUSH",
        "UPDATE products",
        "bank.authorize",
        "parcel.pack",
        "label.print",
    }


@needs_redis
def test_what_was_touched_and_who_asked_is_on_the_spans(
    storefront: str, client: Client, server: SondeServer
) -> None:
    visit = buy(storefront, "4242 4242 4242 4242")
    ship = shipped(client, server, visit)

    assert ship.attrs["sonde.entity.order"] == visit.order_id
    assert ship.attrs["sonde.run.id"] == visit.order_id.replace("ord_", "run_")
    touched = client.iter_spans(q=f"sonde.entity.order:{visit.order_id}")
    assert {span.component for span in touched} == {"orders", "worker"}
    of_the_visit = list(client.iter_spans(q=f"correlation:{visit.correlation_id}"))
    assert len({span.trace_id for span in of_the_visit}) == 3
    ids = {span.span_id for span in of_the_visit}
    assert [span for span in client.iter_spans(trace_id=ship.trace_id) if span.span_id not in ids] == []
    logs: list[dict[str, Any]] = eventually(
        server, lambda: server.get("/api/v1/logs", q=f'"order {visit.order_id}:"')["logs"] or None
    )
    assert [log["traceId"] for log in logs] == [ship.trace_id]


@needs_redis
def test_a_declined_card_is_an_event_and_its_number_is_not_kept(
    storefront: str, client: Client, server: SondeServer
) -> None:
    visit = buy(storefront, "4000 0000 0000 0002")
    assert (visit.answer.status_code, visit.answer.json()["detail"]) == (402, "insufficient funds")

    query = f"correlation:{visit.correlation_id}"
    (event,) = eventually(
        server, lambda: list(client.iter_events(event_type="payment.declined", q=query)) or None
    )
    (bank,) = eventually(server, lambda: list(client.iter_spans(operation="bank.authorize", q=query)) or None)
    assert bank.status == "error"
    assert "insufficient funds" in bank.error_detail
    assert bank.attrs["card"] == "[scrubbed: card number]"
    assert event.trace_id == bank.trace_id
    assert "0002" not in str(bank.to_json())


def test_without_redis_server_a_stand_in_takes_its_place_and_is_named(
    server: SondeServer, client: Client, tmp_path: Path
) -> None:
    with opened(server, tmp_path, PATH=str(tmp_path)) as (shop, storefront):
        assert "redis-server is not installed; a stand-in" in shop.output.read_text()

        ship = shipped(client, server, buy(storefront, "4242 4242 4242 4242"))

    assert ship.component == "worker"
