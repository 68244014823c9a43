"""What is kept of links in memory is never older than the store."""

from __future__ import annotations

from sonde.query.links import Entity, Touch
from sonde.server import link_cache
from sonde.server.link_cache import LinkCache

PAYMENT = Entity("payment", "pym_1")
INVOICE = Entity("invoice", "inv_1")


def touch(run: str) -> Touch:
    return Touch(run, "", "", 1, 1)


def test_what_was_read_is_kept_also_that_there_is_nothing() -> None:
    cache = LinkCache(enabled=True)
    cache.keep("default", {PAYMENT: [touch("run_1")], INVOICE: []}, cache.begin())
    assert cache.of("default", PAYMENT) == (touch("run_1"),)
    assert cache.of("default", INVOICE) == ()
    assert cache.of("other", PAYMENT) is None
    assert cache.of("default", Entity("payment", "pym_2")) is None


def test_an_insert_makes_it_forgotten_and_leaves_others() -> None:
    cache = LinkCache(enabled=True)
    cache.keep("default", {PAYMENT: [touch("run_1")], INVOICE: []}, cache.begin())
    cache.inserted("default", [PAYMENT])
    assert cache.of("default", PAYMENT) is None
    assert cache.of("default", INVOICE) == ()


def test_what_was_read_before_an_insert_ended_is_not_kept_after_it() -> None:
    cache = LinkCache(enabled=True)
    began = cache.begin()
    cache.inserted("default", [PAYMENT])
    cache.keep("default", {PAYMENT: [touch("run_old")]}, began)
    assert cache.of("default", PAYMENT) is None


def test_what_was_looked_at_least_lately_gives_way() -> None:
    cache = LinkCache(enabled=True)
    few = link_cache.MAX_TOUCHES
    for number in range(few):
        cache.keep("default", {Entity("payment", str(number)): []}, cache.begin())
    cache.of("default", Entity("payment", "0"))
    cache.keep("default", {PAYMENT: [touch("run_1"), touch("run_2")]}, cache.begin())
    assert len(cache) == few - 1
    assert cache.of("default", Entity("payment", "0")) == ()
    assert cache.of("default", Entity("payment", "1")) is None
    assert cache.of("default", Entity("payment", "2")) is None
    cache.clear()
    assert len(cache) == 0


def test_an_entity_with_very_many_runs_is_not_kept_nor_is_anything_where_others_write() -> None:
    cache = LinkCache(enabled=True)
    many = [touch(f"run_{n}") for n in range(link_cache.MAX_TOUCHES_OF_AN_ENTITY + 1)]
    cache.keep("default", {PAYMENT: many}, cache.begin())
    assert cache.of("default", PAYMENT) is None
    shared = LinkCache(enabled=False)
    shared.keep("default", {PAYMENT: []}, shared.begin())
    assert shared.of("default", PAYMENT) is None
