"""Completions: what is offered where, and that whatever is offered can be searched for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.query.otlp import HOUR, S, request

from sonde.errors import SearchSyntaxError
from sonde.query import completions
from sonde.query.completions import Kind
from sonde.query.search import parse
from sonde.query.search.caret import caret, quoted, quoted_key
from sonde.query.search.field_help import FIELD_HELP
from sonde.query.search.fields import FIELDS, FLAGS, attribute_name, resolve
from sonde.query.search.tree import Equals, Exists, Term
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, example_logs, insert

DAY = TimeRange(EPOCH_NS, EPOCH_NS + 24 * HOUR)


@pytest.mark.parametrize(
    ("text", "key", "typed", "replaced"),
    [
        ("|", None, "", ""),
        ("ser|", None, "ser", "ser"),
        ("ser|vice:shop", None, "ser", "service:"),
        ("service:|", "service", "", ""),
        ("service:sh|", "service", "sh", "sh"),
        ("service:s|hop status:error", "service", "s", "shop"),
        ("service:shop |", None, "", ""),
        ("service:shop st|", None, "st", "st"),
        ("-serv|", None, "serv", "serv"),
        ("!(serv|", None, "serv", "serv"),
        ("NOT k:a|", "k", "a", "a"),
        ("duration:>2|", "duration", "2", "2"),
        ("duration:>|", "duration", "", ""),
        ("status:(error OR b|", "status", "b", "b"),
        ("status:(error OR blocked) ser|", None, "ser", "ser"),
        ('"a b":x|', "a b", "x", "x"),
        ('k:"a b|', "k", "a b", '"a b'),
        ('k:"a b|c" d', "k", "a b", '"a bc"'),
        ('k:"say \\"hi|', "k", 'say "hi', '"say \\"hi'),
        ("k:a\\ b|", "k", "a b", "a\\ b"),
        ("http://exa|mple", None, "http://exa", "http://example"),
        ("(a:(b c:d) e:f|", "e", "f", "f"),
        ("a:b)) c:d|", "c", "d", "d"),
        ("k:/a b|/", "k", "/a b", "/a b/"),
    ],
)
def test_the_token_under_the_caret_is_found(text: str, key: str | None, typed: str, replaced: str) -> None:
    at = text.index("|")
    text = text.replace("|", "", 1)
    found = caret(text, at)
    assert (found.key, found.typed, text[found.start : found.end]) == (key, typed, replaced)


@given(st.text(alphabet='ab:()"\\-!<>=/ *ORNOT.é\n', max_size=40), st.integers(-5, 60))
def test_no_text_is_an_error_and_what_is_replaced_lies_around_the_caret(text: str, at: int) -> None:
    found = caret(text, at)
    at = max(0, min(at, len(text)))
    assert 0 <= found.start <= at <= found.end <= len(text)


@given(st.text(min_size=1, max_size=30))
def test_a_quoted_value_means_itself(value: str) -> None:
    for key, wanted in (("k", quoted(value)), (value, "x")):
        text = f"{quoted_key(key)}:{wanted}"
        try:
            tree = parse(text)
        except SearchSyntaxError as error:
            raise AssertionError(text) from error
        if key not in ("is", "has"):
            assert tree == Term(key, Equals(value if key == "k" else "x"), len(quoted_key(key)) + 1)
        assert caret(text, len(text)).typed == (value if key == "k" else "x")


@given(st.sampled_from(["status", "is", "has", "exception", "span.x", "attribute.y", "http.route", "level"]))
def test_an_attribute_is_named_so_that_it_is_found(key: str) -> None:
    found: Any = resolve("spans", Term(attribute_name(key), Exists(), 0))
    assert found.key == key


def test_every_field_has_a_sentence_of_help() -> None:
    for searched, known in FIELDS.items():
        flags = {"is", "has"} if FLAGS[searched] else set[str]()
        assert set(FIELD_HELP[searched]) == {name for name in known if "." not in name} | flags


def offered(database: Database, text: str, kind: Kind = "spans", limit: int = 50) -> list[str]:
    """The texts of the items at the mark."""
    at = text.index("|")
    searched = "spans" if kind == "spans" else "logs"
    found = completions.complete(
        database,
        kind,
        text.replace("|", "", 1),
        at,
        DAY,
        known_keys=completions.keys(database, searched, DAY),
        limit=limit,
    )
    return [item["text"] for item in found["items"]]


@pytest.fixture
def shop(database: Database) -> Database:
    spans = [
        S(1, 1, name="GET /cart", attributes={"http.route": "/cart", "code": 200}),
        S(1, 2, name="GET /cart", attributes={"http.route": "/Cart items", "code": 500, "is": "x"}),
        S(1, 3, name="pay", service="it's", attributes={"a b": 'say "hi"', "http.route": "/cart"}),
    ]
    insert(database, request(spans), example_logs(8))
    return database


def test_keys_are_offered_fields_first_then_the_frequent_attributes(shop: Database) -> None:
    texts = offered(shop, "|")
    assert texts[:4] == ["service:", "component:", "operation:", "status:"]
    assert {"http.route:", "code:", '"a b":', "attribute.is:"} <= set(texts)
    assert texts.index("http.route:") < texts.index("code:")
    assert "service.name:" in texts


def test_what_is_typed_of_a_key_may_be_in_its_middle(shop: Database) -> None:
    assert offered(shop, "service:shop ROU|")[0] == "http.route:"
    assert offered(shop, "stat|")[0] == "status:"
    assert offered(shop, "service:shop O|")[-1] == "OR "
    assert "OR " not in offered(shop, "O|")


def test_values_are_offered_quoted_where_they_must_be(shop: Database) -> None:
    assert offered(shop, "http.route:|") == ['"/cart"', '"/Cart items"']
    assert offered(shop, "http.route:ITEMS|") == ['"/Cart items"']
    assert offered(shop, "service:|") == ["shop", "it's"]
    assert offered(shop, "operation:g|") == ['"GET /cart"']
    assert offered(shop, '"a b":|') == ['"say \\"hi\\""']
    assert offered(shop, "-status:(error OR u|") == ["unset"]


def test_numbers_and_durations_are_compared(shop: Database) -> None:
    assert offered(shop, "code:|") == [">", "<", ">=", "<=", "200", "500"]
    assert offered(shop, "code:>|") == ["200", "500"]
    assert offered(shop, "duration:|")[:5] == [">", "<", ">=", "<=", "10ms"]
    assert offered(shop, "duration:>1|") == ["10ms", "100ms", "1s", "1m"]


def test_flags_names_and_severities_are_offered(shop: Database) -> None:
    assert offered(shop, "is:|") == ["root", "open", "error"]
    assert offered(shop, "has:http|") == ["http.route"]
    assert offered(shop, "severity:w|", "logs") == ["warn", "warning"]
    assert offered(shop, "event:|", "events") == ["order.placed"]
    assert offered(shop, "severity:|") == []


def test_everything_offered_can_be_searched_for(shop: Database) -> None:
    for text in ("", "http.route:", "code:", "operation:", '"a b":', "is:", "has:", "duration:"):
        for item in offered(shop, text + "|"):
            ending = "1" if item in (">", "<", ">=", "<=") else "x" if item.endswith((":", " ")) else ""
            if item not in ("is:", "has:", "duration:"):
                parse(text + item + ending)
